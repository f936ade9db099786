import { mapAnswer, type Answer } from '../controller/answer.ts'
import type { BrokerConfig } from '../controller/broker-config.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import { coordinatorPartition } from '../coordinator/java-hash.ts'
import { VerificationGuard } from '../log/producer/verification-guard.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { AddPartitionsToTxn } from '../protocol/messages/24-add-partitions-to-txn.ts'
import type { RequestOf, ResponseBody } from '../protocol/schema/index.ts'
import type { Delays } from './delays.ts'
import { groupBy } from './group-by.ts'
import { InternalTopic, partitionCountOf } from './internal-topics.ts'
import type { PeerBrokers } from './peer-brokers.ts'
import type { ReplicaManager } from './replica-manager.ts'

const ADD_PARTITIONS_VERSION = 5

/**
 * What a request with transactional data asks for (Kafka's `TransactionSupportedOperation`):
 *
 * - `verify`: partitions must belong to the transaction; the client does not know
 *   TRANSACTION_ABORTABLE
 * - `verifyAbortable`: the same, and the client knows it
 * - `add`: partitions are added to the transaction (transaction version 2)
 */
export type TransactionOperation = 'verify' | 'verifyAbortable' | 'add'

/** The transaction of a request, as the client names it. */
export interface RequestTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** A partition that a request writes to, and the base sequence of its first batch. */
export interface WrittenPartition {
  readonly topic: string
  readonly partition: number
  readonly baseSequence: number
}

/**
 * The result for one partition: the guard of its append, `undefined` if it needs none, or the error
 * of the transaction coordinator.
 */
export type Verification = VerificationGuard | ApiError | undefined

export interface TransactionVerifierOptions {
  readonly image: MetadataImage
  readonly config: BrokerConfig
  readonly replicas: Pick<ReplicaManager, 'leader'>
  readonly peers: PeerBrokers
  readonly delays: Delays
  readonly clock: { now(): number }
}

/**
 * Asks transaction coordinators whether partitions belong to a transaction, or to add them, before
 * a first batch is appended there (Kafka's `AddPartitionsToTxnManager`, KIP-890). A partition in
 * which the producer has an open transaction needs no request.
 */
export class TransactionVerifier {
  readonly #options: TransactionVerifierOptions

  constructor(options: TransactionVerifierOptions) {
    this.#options = options
  }

  /**
   * Returns one result per partition, in the given order, without a promise if nothing must be
   * waited for.
   */
  verify(
    transaction: RequestTransaction,
    partitions: readonly WrittenPartition[],
    operation: TransactionOperation,
  ): Answer<readonly Verification[]> {
    const isEnabled = this.#options.config.boolean('transaction.partition.verification.enable')
    if (!isEnabled && operation !== 'add') return partitions.map(() => undefined)
    const results = partitions.map((each) => this.#start(transaction, each, operation))
    const asked = partitions.filter((_, index) => results[index] instanceof VerificationGuard)
    if (asked.length === 0) return results
    return mapAnswer(this.#ask(transaction, asked, operation), (errorOf) =>
      results.map((result, index) =>
        result instanceof VerificationGuard ? (errorOf(partitions[index]!) ?? result) : result,
      ),
    )
  }

  /**
   * Like {@link verify}. While the coordinator completes the previous transaction, partitions that
   * are to be added are tried again for a short time (`add.partitions.to.txn.retry.backoff.ms` and
   * `….max.ms`).
   */
  verifyPatiently(
    transaction: RequestTransaction,
    partitions: readonly WrittenPartition[],
    operation: TransactionOperation,
  ): Answer<readonly Verification[]> {
    const results = this.verify(transaction, partitions, operation)
    if (operation !== 'add') return results
    const { config, clock } = this.#options
    const patienceMs = Math.min(
      config.number('add.partitions.to.txn.retry.backoff.max.ms'),
      config.number('request.timeout.ms'),
    )
    const again = () => this.verify(transaction, partitions, operation)
    return this.#retryConcurrent(results, clock.now() + patienceMs, again)
  }

  #retryConcurrent(
    results: Answer<readonly Verification[]>,
    untilMs: number,
    again: () => Answer<readonly Verification[]>,
  ): Answer<readonly Verification[]> {
    if (results instanceof Promise) {
      return results.then((settled) => this.#retryConcurrent(settled, untilMs, again))
    }
    const { config, clock, delays } = this.#options
    if (!results.some(isConcurrent) || clock.now() >= untilMs) return results
    const delay = delays.wait(config.number('add.partitions.to.txn.retry.backoff.ms'))
    return delay.then((isOpen) =>
      isOpen ? this.#retryConcurrent(again(), untilMs, again) : results,
    )
  }

  /** The append itself returns the error of a partition that this broker does not lead. */
  #start(
    { producerId, producerEpoch }: RequestTransaction,
    { topic, partition, baseSequence }: WrittenPartition,
    operation: TransactionOperation,
  ): Verification {
    const led = this.#options.replicas.leader(topic, partition)
    if (led instanceof ApiError) return undefined
    const batch = { producerId, producerEpoch, baseSequence }
    return led.log.producers.startVerification(batch, operation === 'add')
  }

  /** Returns the coordinator's error for each partition. */
  #ask(
    transaction: RequestTransaction,
    partitions: readonly WrittenPartition[],
    operation: TransactionOperation,
  ): Answer<(partition: WrittenPartition) => ApiError | undefined> {
    const coordinator = this.#coordinatorOf(transaction.transactionalId)
    if (coordinator === undefined) return () => ApiError.of(ErrorCode.CoordinatorNotAvailable)
    const request = requestOf(transaction, partitions, operation)
    const { peers } = this.#options
    const response = peers.send(coordinator, AddPartitionsToTxn, ADD_PARTITIONS_VERSION, request)
    return mapAnswer(response, (settled) => errorsOf(settled, operation))
  }

  /** Returns the broker of a transaction's coordinator, if it is known and alive. */
  #coordinatorOf(transactionalId: string): number | undefined {
    const { image, config } = this.#options
    const topic = InternalTopic.TransactionState
    const index = coordinatorPartition(transactionalId, partitionCountOf(topic, image, config))
    const leader = image.partition(topic, index)?.leader
    return leader !== undefined && image.isAlive(leader) ? leader : undefined
  }
}

function isConcurrent(result: Verification): boolean {
  return result instanceof ApiError && result.errorCode === ErrorCode.ConcurrentTransactions
}

function requestOf(
  transaction: RequestTransaction,
  partitions: readonly WrittenPartition[],
  operation: TransactionOperation,
): RequestOf<typeof AddPartitionsToTxn> {
  const { transactionalId, producerId, producerEpoch } = transaction
  const topics = [...groupBy(partitions, ({ topic }) => topic)].map(([name, written]) => ({
    name,
    partitions: written.map(({ partition }) => partition),
  }))
  const verifyOnly = operation !== 'add'
  return {
    transactions: [{ transactionalId, producerId, producerEpoch, verifyOnly, topics }],
    v3AndBelowTransactionalId: '',
    v3AndBelowProducerId: 0,
    v3AndBelowProducerEpoch: 0,
    v3AndBelowTopics: [],
  }
}

function errorsOf(
  response: ResponseBody<typeof AddPartitionsToTxn> | undefined,
  operation: TransactionOperation,
): (partition: WrittenPartition) => ApiError | undefined {
  const common = response === undefined ? ErrorCode.NetworkException : response.errorCode
  if (common === ErrorCode.ClusterAuthorizationFailed) {
    // A client must not see that this broker was not authorized.
    return () => ApiError.of(ErrorCode.InvalidTxnState)
  }
  if (common !== ErrorCode.None) return () => ApiError.of(common as ErrorCode)
  const errors = new Map<string, ApiError>()
  for (const { topicResults } of response!.resultsByTransaction) {
    for (const { name, resultsByPartition } of topicResults) {
      for (const { partitionIndex, partitionErrorCode } of resultsByPartition) {
        if (partitionErrorCode === ErrorCode.None) continue
        errors.set(`${name}-${partitionIndex}`, clientError(partitionErrorCode, operation))
      }
    }
  }
  return ({ topic, partition }) => errors.get(`${topic}-${partition}`)
}

/** Producers expect other errors than those of the coordinator. */
function clientError(errorCode: number, operation: TransactionOperation): ApiError {
  if (errorCode === ErrorCode.ProducerFenced) return ApiError.of(ErrorCode.InvalidProducerEpoch)
  if (errorCode === ErrorCode.TransactionAbortable && operation === 'verify') {
    return ApiError.of(ErrorCode.InvalidTxnState)
  }
  return ApiError.of(errorCode as ErrorCode)
}
