import { api, array, bool, bytes, int16, int32, string } from '../schema/index.ts'

/**
 * DescribeGroups (15): state, protocol and members of classic groups.
 *
 *   v3  authorized operations (KIP-430)
 *   v4  static members (KIP-345)
 *   v5  flexible
 *   v6  GROUP_ID_NOT_FOUND with a message instead of a dead group (KIP-1043)
 */
export const DescribeGroups = api(
  15,
  'DescribeGroups',
  { versions: [0, 6], flexible: 5 },
  {
    request: {
      groups: array(string),
      includeAuthorizedOperations: bool.since(3),
    },
    response: {
      throttleTimeMs: int32.since(1),
      groups: array({
        errorCode: int16,
        errorMessage: string.since(6).nullable().default(null),
        groupId: string,
        groupState: string,
        protocolType: string,
        protocolData: string,
        members: array({
          memberId: string,
          groupInstanceId: string.since(4).nullable().default(null),
          clientId: string,
          clientHost: string,
          memberMetadata: bytes,
          memberAssignment: bytes,
        }),
        authorizedOperations: int32.since(3).default(-2147483648),
      }),
    },
  },
)
