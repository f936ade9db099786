import { api, array, int16, int32, int64, int8, string, uuid } from '../schema/index.ts'

/**
 * ReadShareGroupState (84): the state of share partitions; sent by partition leaders to share
 * coordinators (KIP-932).
 */
export const ReadShareGroupState = api(
  84,
  'ReadShareGroupState',
  { versions: [0, 0], flexible: 0 },
  {
    request: {
      groupId: string,
      topics: array({
        topicId: uuid,
        partitions: array({
          partition: int32,
          leaderEpoch: int32,
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
          stateEpoch: int32,
          startOffset: int64,
          stateBatches: array({
            firstOffset: int64,
            lastOffset: int64,
            deliveryState: int8,
            deliveryCount: int16,
          }),
        }),
      }),
    },
  },
)
