import { api, array, int16, int32, string, struct, uuid } from '../schema/index.ts'

/**
 * ShareGroupHeartbeat (76): joins, keeps alive and leaves a share group, and carries its
 * assignments (KIP-932).
 *
 *   v0  early access in 3.9 and 4.0, removed
 */
export const ShareGroupHeartbeat = api(
  76,
  'ShareGroupHeartbeat',
  { versions: [0, 1], current: [1, 1], flexible: 0 },
  {
    request: {
      groupId: string,
      memberId: string,
      memberEpoch: int32,
      rackId: string.nullable().default(null),
      subscribedTopicNames: array(string).nullable().default(null),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      errorMessage: string.nullable().default(null),
      memberId: string.nullable().default(null),
      memberEpoch: int32,
      heartbeatIntervalMs: int32,
      assignment: struct({
        topicPartitions: array({
          topicId: uuid,
          partitions: array(int32),
        }),
      })
        .nullable()
        .default(null),
    },
  },
)
