import { api, array, int16, int32, int64, string, uuid } from '../schema/index.ts'

/**
 * TxnOffsetCommit (28): TxnOffsetCommit.
 */
export const TxnOffsetCommit = api(
  28,
  'TxnOffsetCommit',
  { versions: [0, 6], flexible: 3 },
  {
    request: {
      transactionalId: string,
      groupId: string,
      producerId: int64,
      producerEpoch: int16,
      generationIdOrMemberEpoch: int32.since(3).default(-1),
      memberId: string.since(3).default(''),
      groupInstanceId: string.since(3).nullable().default(null),
      topics: array({
        name: string.until(5),
        topicId: uuid.since(6),
        partitions: array({
          partitionIndex: int32,
          committedOffset: int64,
          committedLeaderEpoch: int32.since(2).default(-1),
          committedMetadata: string.nullable(),
        }),
      }),
    },
    response: {
      throttleTimeMs: int32,
      topics: array({
        name: string.until(5),
        topicId: uuid.since(6),
        partitions: array({
          partitionIndex: int32,
          errorCode: int16,
        }),
      }),
    },
  },
)
