import { api, array, int16, int32, int64, int8, string, uuid } from '../schema/index.ts'

/**
 * WriteShareGroupState (85): stores changes of share partitions; sent by partition leaders to
 * share coordinators (KIP-932).
 *
 *   v1  the number of completed deliveries (KIP-1226)
 */
export const WriteShareGroupState = api(
  85,
  'WriteShareGroupState',
  { versions: [0, 1], flexible: 0 },
  {
    request: {
      groupId: string,
      topics: array({
        topicId: uuid,
        partitions: array({
          partition: int32,
          stateEpoch: int32,
          leaderEpoch: int32,
          startOffset: int64,
          deliveryCompleteCount: int32.since(1).default(-1),
          stateBatches: array({
            firstOffset: int64,
            lastOffset: int64,
            deliveryState: int8,
            deliveryCount: int16,
          }),
        }),
      }),
    },
    response: {
      results: array({
        topicId: uuid,
        partitions: array({
          partition: int32,
          errorCode: int16,
          errorMessage: string.nullable().default(null),
        }),
      }),
    },
  },
)
