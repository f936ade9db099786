import { mapAnswer, type Answer } from '../controller/answer.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode, errorName } from '../protocol/error-code.ts'
import type { Produce } from '../protocol/messages/00-produce.ts'
import type { RequestOf } from '../protocol/schema/index.ts'
import { BatchView } from '../record/batch-view.ts'
import { checkProduceRequest } from '../record/produce-request-check.ts'
import type { RequestContext } from './request-context.ts'
import type {
  TransactionOperation,
  Verification,
  WrittenPartition,
} from './transaction-verifier.ts'

type PartitionData = RequestOf<typeof Produce>['topicData'][number]['partitionData'][number]

/** The result for each partition of a Produce that has a transactional batch. */
export type VerifiedProduce = ReadonlyMap<PartitionData, Verification>

/** The result of a Produce without transactional batches. */
export const unverified: VerifiedProduce = new Map()

/** The first version that names topics by id (KIP-516). */
export const FIRST_VERSION_WITH_TOPIC_IDS = 13

/** The first version whose clients know TRANSACTION_ABORTABLE (KIP-890). */
const FIRST_VERSION_WITH_ABORTABLE_ERRORS = 11

/** The first version that adds partitions to transactions (KIP-890). */
const FIRST_VERSION_THAT_ADDS_PARTITIONS = 12

/**
 * Verifies the partitions of a Produce with transactional batches, or adds them to the transaction
 * (Kafka's `ReplicaManager.handleProduceAppend`). An error refuses the whole request.
 */
export function verifyProduce(
  request: RequestOf<typeof Produce>,
  context: RequestContext,
): Answer<VerifiedProduce | ApiError> {
  const written = transactionalData(request, context)
  const [first] = written
  if (first === undefined) return unverified
  const { producerId, producerEpoch } = first.batch
  const isOfOther = ({ batch }: TransactionalData) =>
    batch.producerId !== producerId || batch.producerEpoch !== producerEpoch
  if (written.some(isOfOther)) return severalProducers
  const transaction = { transactionalId: request.transactionalId!, producerId, producerEpoch }
  const operation = operationOf(context.apiVersion)
  const { transactionVerifier } = context.services
  const results = transactionVerifier.verifyPatiently(transaction, written, operation)
  return mapAnswer(results, (settled) => {
    const verified = new Map<PartitionData, Verification>()
    settled.forEach((result, index) => {
      const { data } = written[index]!
      verified.set(data, result instanceof ApiError ? producerError(result, operation) : result)
    })
    return verified
  })
}

const severalProducers = new ApiError(
  ErrorCode.InvalidProducerIdMapping,
  'Transactional records contained more than one producer ID',
)

interface TransactionalData extends WrittenPartition {
  readonly data: PartitionData
  readonly batch: BatchView
}

/**
 * Returns the existing partitions whose batch is transactional. Partitions with anything but one
 * batch are refused by the log, and are not added to the transaction.
 */
function transactionalData(
  { topicData }: RequestOf<typeof Produce>,
  { services: { image }, apiVersion }: RequestContext,
): TransactionalData[] {
  const usesTopicIds = apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS
  const found: TransactionalData[] = []
  for (const { name, topicId, partitionData } of topicData) {
    const topic = usesTopicIds ? image.topicsById.get(topicId)?.name : name
    if (topic === undefined) continue
    for (const data of partitionData) {
      const { index: partition, records } = data
      if (records === null || checkProduceRequest(records, apiVersion) !== undefined) continue
      const batch = new BatchView(records)
      if (!batch.isTransactional || !batch.hasProducerId) continue
      if (image.partition(topic, partition) === undefined) continue
      found.push({ topic, partition, baseSequence: batch.baseSequence, data, batch })
    }
  }
  return found
}

function operationOf(apiVersion: number): TransactionOperation {
  if (apiVersion >= FIRST_VERSION_THAT_ADDS_PARTITIONS) return 'add'
  return apiVersion >= FIRST_VERSION_WITH_ABORTABLE_ERRORS ? 'verifyAbortable' : 'verify'
}

/**
 * Returns the error that producers expect. Errors of the coordinator that older clients would not
 * retry become NOT_ENOUGH_REPLICAS, which all of them retry without new metadata.
 */
function producerError(error: ApiError, operation: TransactionOperation): ApiError {
  const { errorCode } = error
  switch (errorCode) {
    case ErrorCode.InvalidTxnState:
      return notAdded
    case ErrorCode.ConcurrentTransactions:
      return operation === 'add' ? error : notVerified(errorCode)
    case ErrorCode.NetworkException:
    case ErrorCode.CoordinatorLoadInProgress:
    case ErrorCode.CoordinatorNotAvailable:
    case ErrorCode.NotCoordinator:
      return notVerified(errorCode)
    default:
      return error
  }
}

const notAdded = new ApiError(
  ErrorCode.InvalidTxnState,
  'Partition was not added to the transaction',
)

function notVerified(errorCode: ErrorCode): ApiError {
  return new ApiError(
    ErrorCode.NotEnoughReplicas,
    `Unable to verify the partition has been added to the transaction. Underlying error: ${errorName(errorCode)}`,
  )
}
