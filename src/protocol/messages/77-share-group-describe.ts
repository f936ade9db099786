import { api, array, bool, int16, int32, string, struct, uuid } from '../schema/index.ts'

/**
 * ShareGroupDescribe (77): epochs, assignor and members of share groups (KIP-932).
 *
 *   v0  early access in 3.9 and 4.0, removed
 */
export const ShareGroupDescribe = api(
  77,
  'ShareGroupDescribe',
  { versions: [0, 1], current: [1, 1], flexible: 0 },
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
          rackId: string.nullable().default(null),
          memberEpoch: int32,
          clientId: string,
          clientHost: string,
          subscribedTopicNames: array(string),
          assignment: struct({
            topicPartitions: array({
              topicId: uuid,
              topicName: string,
              partitions: array(int32),
            }),
          }),
        }),
        authorizedOperations: int32.default(-2147483648),
      }),
    },
  },
)
