import { api, array, bool, int16, int32, int64, string, struct } from '../schema/index.ts'

const addPartitionsToTxnTopic = struct({
  name: string,
  partitions: array(int32),
})

const addPartitionsToTxnTopicResult = struct({
  name: string,
  resultsByPartition: array({
    partitionIndex: int32,
    partitionErrorCode: int16,
  }),
})

/**
 * AddPartitionsToTxn (24): adds partitions to a transaction (KIP-98). From v4 on brokers send it
 * to verify transactions.
 *
 *   v3  flexible
 *   v4  several transactions at once, or only verified (KIP-890)
 *   v5  TRANSACTION_ABORTABLE (KIP-890)
 */
export const AddPartitionsToTxn = api(
  24,
  'AddPartitionsToTxn',
  { versions: [0, 5], flexible: 3 },
  {
    request: {
      transactions: array({
        transactionalId: string,
        producerId: int64,
        producerEpoch: int16,
        verifyOnly: bool.default(false),
        topics: array(addPartitionsToTxnTopic),
      }).since(4),
      v3AndBelowTransactionalId: string.until(3),
      v3AndBelowProducerId: int64.until(3),
      v3AndBelowProducerEpoch: int16.until(3),
      v3AndBelowTopics: array(addPartitionsToTxnTopic).until(3),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16.since(4),
      resultsByTransaction: array({
        transactionalId: string,
        topicResults: array(addPartitionsToTxnTopicResult),
      }).since(4),
      resultsByTopicV3AndBelow: array(addPartitionsToTxnTopicResult).until(3),
    },
  },
)
