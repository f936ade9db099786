import { array, int16, int32, int64, int8, string } from '../schema/index.ts'
import { coordinatorRecord } from './coordinator-record.ts'

/**
 * A transactional id in `__transaction_state`: its producer id, epoch, state and partitions. v1 is
 * flexible and adds fields for transactions v2 (KIP-890).
 */
export const TransactionLogRecord = coordinatorRecord(
  0,
  'TransactionLog',
  { versions: [0, 1], flexible: 1 },
  {
    key: {
      transactionalId: string,
    },
    value: {
      producerId: int64,
      previousProducerId: int64.default(-1).tag(0, 1),
      nextProducerId: int64.default(-1).tag(1, 1),
      producerEpoch: int16,
      nextProducerEpoch: int16.default(-1).tag(3, 1),
      transactionTimeoutMs: int32,
      transactionStatus: int8,
      transactionPartitions: array({
        topic: string,
        partitionIds: array(int32),
      }).nullable(),
      transactionLastUpdateTimestampMs: int64,
      transactionStartTimestampMs: int64,
      clientTransactionVersion: int16.default(0).tag(2, 1),
    },
  },
)
