import { api, array, bool, int16, int32, int8, string, struct, uuid } from '../schema/index.ts'

const assignment = struct({
  topicPartitions: array({
    topicId: uuid,
    topicName: string,
    partitions: array(int32),
  }),
})

/**
 * ConsumerGroupDescribe (69): epochs, assignor and members of consumer groups (KIP-848).
 *
 *   v1  the type of a member (KIP-1099)
 */
export const ConsumerGroupDescribe = api(
  69,
  'ConsumerGroupDescribe',
  { versions: [0, 1], flexible: 0 },
  {
    request: {
      groupIds: array(string),
      includeAuthorizedOperations: bool,
    },
    response: {
      throttleTimeMs: int32,
      groups: array({
        errorCode: int16,
        errorMessage: string.nullable().default(null),
        groupId: string,
        groupState: string,
        groupEpoch: int32,
        assignmentEpoch: int32,
        assignorName: string,
        members: array({
          memberId: string,
          instanceId: string.nullable().default(null),
          rackId: string.nullable().default(null),
          memberEpoch: int32,
          clientId: string,
          clientHost: string,
          subscribedTopicNames: array(string),
          subscribedTopicRegex: string.nullable().default(null),
          assignment: assignment,
          targetAssignment: assignment,
          memberType: int8.since(1).default(-1),
        }),
        authorizedOperations: int32.default(-2147483648),
      }),
    },
  },
)
