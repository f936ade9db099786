import { api, array, int16, int32, int64, string, uuid } from '../schema/index.ts'

/**
 * ReadShareGroupStateSummary (87): the start offsets of share partitions; sent by group
 * coordinators to share coordinators (KIP-932).
 *
 *   v1  the number of completed deliveries (KIP-1226)
 */
export const ReadShareGroupStateSummary = api(
  87,
  'ReadShareGroupStateSummary',
  { versions: [0, 1], flexible: 0 },
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
          leaderEpoch: int32,
          startOffset: int64,
          deliveryCompleteCount: int32.since(1).default(-1),
        }),
      }),
    },
  },
)
