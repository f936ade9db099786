import { api, array, int16, int32, int64, records, string, struct, uuid } from '../schema/index.ts'

/**
 * Produce (0): appends record batches to partitions.
 *
 *   v3   record batches of magic 2, transactional id (KIP-98); earlier versions were removed in 4.0
 *   v5   the response contains the log start offset
 *   v7   zstd is allowed (KIP-110)
 *   v8   errors of single records and a message for the batch (KIP-467)
 *   v9   flexible
 *   v10  the response contains the new leader and its endpoint (KIP-951)
 *   v11  retriable TRANSACTION_ABORTABLE (KIP-890)
 *   v12  partitions join a transaction with their first batch (KIP-890)
 *   v13  topic ids instead of names (KIP-516)
 */
export const Produce = api(
  0,
  'Produce',
  { versions: [0, 13], current: [3, 13], advertised: [0, 13], flexible: 9 },
  {
    request: {
      transactionalId: string.since(3).nullable().default(null),
      acks: int16,
      timeoutMs: int32,
      topicData: array({
        name: string.until(12),
        topicId: uuid.since(13),
        partitionData: array({
          index: int32,
          records: records.nullable(),
        }),
      }),
    },
    response: {
      responses: array({
        name: string.until(12),
        topicId: uuid.since(13),
        partitionResponses: array({
          index: int32,
          errorCode: int16,
          baseOffset: int64,
          logAppendTimeMs: int64.since(2).default(-1),
          logStartOffset: int64.since(5).default(-1),
          recordErrors: array({
            batchIndex: int32,
            batchIndexErrorMessage: string.nullable().default(null),
          }).since(8),
          errorMessage: string.since(8).nullable().default(null),
          currentLeader: struct({
            leaderId: int32.default(-1),
            leaderEpoch: int32.default(-1),
          }).tag(0, 10),
        }),
      }),
      throttleTimeMs: int32.since(1).default(0),
      nodeEndpoints: array({
        nodeId: int32,
        host: string,
        port: int32,
        rack: string.nullable().default(null),
      }).tag(0, 10),
    },
  },
)
