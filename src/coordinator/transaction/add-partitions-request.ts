import { inHashMapOrder, javaStringHash } from '../../platform/java-hash-map.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { AddPartitionsToTxn } from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import { topicPartitionHash } from './partition-set.ts'
import type { TopicPartition } from './partition-set.ts'
import type { ProducerIdAndEpoch } from './transaction-metadata.ts'

/** A transaction of an AddPartitionsToTxn request of any version. */
export interface RequestedTransaction extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly isOnlyVerified: boolean
  /** The topics as the request names them. */
  readonly topics: readonly RequestedTopic[]
  readonly partitions: readonly TopicPartition[]
}

interface RequestedTopic {
  readonly name: string
  readonly partitions: readonly number[]
}

/** The topics of a transaction in the response, with the error of each partition. */
export type AddedTopics = ResponseBody<typeof AddPartitionsToTxn>['resultsByTopicV3AndBelow']

/** The first version with several transactions, which only brokers send (KIP-890). */
const FIRST_BATCHED_VERSION = 4

/** Returns the transactions of a request. */
export function requestedTransactions(
  request: RequestOf<typeof AddPartitionsToTxn>,
  apiVersion: number,
): RequestedTransaction[] {
  if (apiVersion >= FIRST_BATCHED_VERSION) {
    return request.transactions.map((transaction) => ({
      transactionalId: transaction.transactionalId,
      producerId: transaction.producerId,
      producerEpoch: transaction.producerEpoch,
      isOnlyVerified: transaction.verifyOnly,
      topics: transaction.topics,
      partitions: partitionsOf(transaction.topics),
    }))
  }
  const transaction = {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    isOnlyVerified: false,
    topics: request.v3AndBelowTopics,
    partitions: partitionsOf(request.v3AndBelowTopics),
  }
  return [transaction]
}

/** Returns the version of transactions that a version of the request belongs to. */
export function transactionVersionOf(apiVersion: number): number {
  return apiVersion >= FIRST_BATCHED_VERSION ? 2 : 0
}

/** Returns the response to a request, given the topics of each transaction or an error. */
export function addPartitionsResponse(
  transactions: readonly RequestedTransaction[],
  results: readonly (AddedTopics | ApiError)[],
): ResponseBody<typeof AddPartitionsToTxn> {
  const topics: AddedTopics[] = []
  for (const result of results) {
    if (result instanceof ApiError) return refusal(result)
    topics.push(result)
  }
  return {
    errorCode: ErrorCode.None,
    resultsByTransaction: transactions.map(({ transactionalId }, index) => ({
      transactionalId,
      topicResults: topics[index]!,
    })),
    resultsByTopicV3AndBelow: topics[0] ?? [],
  }
}

function refusal({ errorCode }: ApiError): ResponseBody<typeof AddPartitionsToTxn> {
  return { errorCode, resultsByTransaction: [], resultsByTopicV3AndBelow: [] }
}

/** Returns the topics of a transaction whose partitions all have the same error. */
export function sameErrorTopics(
  { topics }: RequestedTransaction,
  partitionErrorCode: ErrorCode,
): AddedTopics {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => ({
      partitionIndex,
      partitionErrorCode,
    })),
  }))
}

/** Returns the topics of a transaction whose partitions have different errors, in Kafka's order. */
export function differentErrorTopics(
  partitions: readonly TopicPartition[],
  errorCodes: readonly ErrorCode[],
): AddedTopics {
  const results = new Map(
    partitions.map(({ topic, partition }, index) => [
      `${partition} ${topic}`,
      { topic, partition, errorCode: errorCodes[index]! },
    ]),
  )
  const ordered = inHashMapOrder([...results.values()], topicPartitionHash)
  return inHashMapOrder(topicsOf(ordered), ({ name }) => javaStringHash(name))
}

function topicsOf(
  results: readonly (TopicPartition & { readonly errorCode: ErrorCode })[],
): AddedTopics {
  const topics = new Map<string, AddedTopics[number]['resultsByPartition'][number][]>()
  for (const { topic, partition, errorCode } of results) {
    let added = topics.get(topic)
    if (added === undefined) topics.set(topic, (added = []))
    added.push({ partitionIndex: partition, partitionErrorCode: errorCode })
  }
  return [...topics].map(([name, resultsByPartition]) => ({ name, resultsByPartition }))
}

function partitionsOf(topics: readonly RequestedTopic[]): TopicPartition[] {
  const requested: TopicPartition[] = []
  for (const { name: topic, partitions } of topics) {
    for (const partition of partitions) requested.push({ topic, partition })
  }
  return requested
}
