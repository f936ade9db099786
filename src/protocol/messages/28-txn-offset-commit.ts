import { api, array, int16, int32, int64, string, uuid } from '../schema/index.ts'

/**
 * TxnOffsetCommit (28): stores offsets of a group as part of a transaction (KIP-98).
 *
 *   v2  leader epoch of the committed offset (KIP-320)
 *   v3  flexible; generation and member fence stale members (KIP-447)
 *   v4  TRANSACTION_ABORTABLE (KIP-890)
 *   v5  the group's partition is added to the transaction implicitly (KIP-890)
 *   v6  topic ids instead of names (KIP-1319)
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
