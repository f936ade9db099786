import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  DescribeTransactions,
  EndTxn,
  InitProducerId,
  ListTransactions,
} from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import { coordinatorPartition } from '../java-hash.ts'
import { CoordinatorRuntime } from '../runtime/coordinator-runtime.ts'
import type { InternalPartition } from '../runtime/internal-partition.ts'
import { mapOutcome, settle, whenAll } from '../runtime/outcome.ts'
import type { PartitionRuntime } from '../runtime/partition-runtime.ts'
import {
  addPartitionsResponse,
  differentErrorTopics,
  requestedTransactions,
  sameErrorTopics,
  transactionVersionOf,
} from './add-partitions-request.ts'
import type { AddedTopics, RequestedTransaction } from './add-partitions-request.ts'
import { addPartitionsToTransaction } from './add-partitions.ts'
import { describeTransaction, refuseDescription } from './describe-transactions.ts'
import { endTransaction } from './end-transaction.ts'
import { initializationOf, initProducerId, refuseInitialization } from './init-producer-id.ts'
import { listTransactions, transactionFilter, unknownStates } from './list-transactions.ts'
import type { ListedTransaction } from './list-transactions.ts'
import type { TopicPartition } from './partition-set.ts'
import { withProducerId } from './producer-ids.ts'
import { abortByTimeout } from './timeouts.ts'
import type { TransactionEnvironment } from './transaction-context.ts'
import { transactionRecords } from './transaction-records.ts'
import type { TransactionRecord } from './transaction-records.ts'
import { TransactionShard } from './transaction-shard.ts'
import type { Transaction } from './transaction.ts'
import { verifyPartitions } from './verify-partitions.ts'

/** The services that a {@link TransactionCoordinator} uses. */
export interface TransactionCoordinatorOptions extends TransactionEnvironment {
  /**
   * Returns the number of partitions that `__transaction_state` has, or will have when it is
   * created.
   */
  readonly partitionCount: () => number
  /** Whether the partition exists. */
  readonly partitionExists: (partition: TopicPartition) => boolean
  /** Whether clients may not add the topic to a transaction. */
  readonly isInternalTopic: (topic: string) => boolean
  /** Called when a partition cannot be loaded. Its requests are answered with NOT_COORDINATOR. */
  readonly onLoadFailure: (partition: number, error: unknown) => void
}

/** The data of a request in addition to its body. */
interface RequestVersion {
  readonly apiVersion: number
}

type TransactionPartition = PartitionRuntime<TransactionRecord, TransactionShard>

/** The sequence of Kafka's batches without a producer. */
const NO_SEQUENCE = -1

/** The first versions that return PRODUCER_FENCED (KIP-588). */
const FIRST_FENCED_VERSION = 2
const FIRST_FENCED_INIT_VERSION = 4

/** The first version of EndTxn of transactions v2 (KIP-890). */
const FIRST_END_VERSION_OF_V2 = 5

/**
 * The transaction coordinator of one broker (Kafka's `TransactionCoordinator`): transactional ids
 * and their transactions, stored in the partitions of `__transaction_state` that the broker leads.
 *
 * It receives decoded requests and returns response bodies. Differences between versions of a
 * request are handled here. Wire errors are values. A promise is returned only when a response
 * waits for the disk, or for a producer id.
 */
export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions
  readonly #runtime: CoordinatorRuntime<TransactionRecord, TransactionShard>

  constructor(options: TransactionCoordinatorOptions) {
    const { clock, transactionVersion, onLoadFailure } = options
    const startMs = clock.now()
    this.#options = options
    this.#runtime = new CoordinatorRuntime({
      clock,
      serde: transactionRecords(transactionVersion),
      baseSequence: NO_SEQUENCE,
      commitTimeoutMs: options.config.commitTimeoutMs,
      createShard: (writer, partition) => new TransactionShard(writer, partition, options, startMs),
      onLoadFailure,
    })
  }

  /**
   * Returns the partition of `__transaction_state` to which a transactional id belongs. The leader
   * of the partition is its coordinator.
   */
  partitionFor(transactionalId: string): number {
    return coordinatorPartition(transactionalId, this.#options.partitionCount())
  }

  /** Called when this broker becomes the leader of the partition. Loads it, unless it is loaded. */
  onElected(partition: InternalPartition): void {
    this.#runtime.onElected(partition)
  }

  /** Called when this broker no longer leads the partition. Drops its state. */
  onResigned(partition: number): void {
    this.#runtime.onResigned(partition)
  }

  /** Stops all timers, and all markers that are being written. */
  close(): void {
    this.#runtime.close()
  }

  /** The transactional ids that this broker coordinates. */
  get transactionalIds(): readonly string[] {
    return [...this.#runtime.partitions].flatMap(({ state }) => [...state.transactions.keys()])
  }

  /**
   * Returns a transactional id; `undefined` if it does not exist, NOT_COORDINATOR if this broker
   * does not coordinate it.
   */
  find(transactionalId: string): Transaction | ApiError | undefined {
    const partition = this.#partition(transactionalId)
    if (partition instanceof ApiError) return partition
    return partition.state.transactions.get(transactionalId)
  }

  /**
   * Aborts an open transaction as if its time were over. Resolves when the abort is stored; to an
   * error if there is no open transaction.
   */
  async expire(transactionalId: string): Promise<ApiError | undefined> {
    const partition = this.#partition(transactionalId)
    if (partition instanceof ApiError) return partition
    // A transition that is not committed yet comes first.
    const settled = await partition.read(() => true)
    if (settled instanceof ApiError) return settled
    const aborted = await abortByTimeout(partition.state, transactionalId)
    return aborted instanceof ApiError ? aborted : undefined
  }

  /** Returns the producer id and epoch of a transactional producer. */
  initProducerId(
    request: RequestOf<typeof InitProducerId> & { readonly transactionalId: string },
    { apiVersion }: RequestVersion,
  ): ResponseBody<typeof InitProducerId> | Promise<ResponseBody<typeof InitProducerId>> {
    const initialization = initializationOf(request, this.#options.config)
    const initialized =
      initialization instanceof ApiError
        ? initialization
        : withProducerId(this.#options.producerIds, (newProducerId) => {
            const partition = this.#partition(request.transactionalId)
            if (partition instanceof ApiError) return partition
            return initProducerId(partition.state, initialization, newProducerId)
          })
    return settle<ResponseBody<typeof InitProducerId>>(
      mapOutcome(initialized, (producer) => ({ errorCode: ErrorCode.None, ...producer })),
      ({ errorCode }) =>
        refuseInitialization(fencedCode(errorCode, apiVersion >= FIRST_FENCED_INIT_VERSION)),
    )
  }

  addPartitionsToTxn(
    request: RequestOf<typeof AddPartitionsToTxn>,
    { apiVersion }: RequestVersion,
  ): ResponseBody<typeof AddPartitionsToTxn> | Promise<ResponseBody<typeof AddPartitionsToTxn>> {
    const transactions = requestedTransactions(request, apiVersion)
    const results = transactions.map((transaction) => this.#addPartitions(transaction, apiVersion))
    return whenAll(results, (topics) => addPartitionsResponse(transactions, topics))
  }

  /** Adds the partition of a group's offsets to the transaction. */
  addOffsetsToTxn(
    request: RequestOf<typeof AddOffsetsToTxn>,
    offsetsPartition: TopicPartition,
    { apiVersion }: RequestVersion,
  ): ResponseBody<typeof AddOffsetsToTxn> | Promise<ResponseBody<typeof AddOffsetsToTxn>> {
    const { transactionalId, producerId, producerEpoch } = request
    const partition = this.#partition(transactionalId)
    const added =
      partition instanceof ApiError
        ? partition
        : addPartitionsToTransaction(partition.state, {
            transactionalId,
            producerId,
            producerEpoch,
            partitions: [offsetsPartition],
            clientTransactionVersion: 0,
          })
    return settle<ResponseBody<typeof AddOffsetsToTxn>>(
      mapOutcome(added, () => ({ errorCode: ErrorCode.None })),
      ({ errorCode }) => ({
        errorCode: fencedCode(errorCode, apiVersion >= FIRST_FENCED_VERSION),
      }),
    )
  }

  endTxn(
    request: RequestOf<typeof EndTxn>,
    { apiVersion }: RequestVersion,
  ): ResponseBody<typeof EndTxn> | Promise<ResponseBody<typeof EndTxn>> {
    const { transactionalId, producerId, producerEpoch, committed } = request
    const end = {
      transactionalId,
      producerId,
      producerEpoch,
      isCommitted: committed,
      clientTransactionVersion: apiVersion >= FIRST_END_VERSION_OF_V2 ? 2 : 0,
    }
    const ended = withProducerId(this.#options.producerIds, (newProducerId) => {
      const partition = this.#partition(transactionalId)
      if (partition instanceof ApiError) return partition
      return endTransaction(partition.state, end, newProducerId)
    })
    return settle<ResponseBody<typeof EndTxn>>(
      mapOutcome(ended, (producer) => ({
        errorCode: ErrorCode.None,
        producerId: producer.producerId,
        producerEpoch: producer.producerEpoch,
      })),
      ({ errorCode }) => ({
        errorCode: fencedCode(errorCode, apiVersion >= FIRST_FENCED_VERSION),
      }),
    )
  }

  describeTransactions(
    request: RequestOf<typeof DescribeTransactions>,
  ):
    | ResponseBody<typeof DescribeTransactions>
    | Promise<ResponseBody<typeof DescribeTransactions>> {
    const described = request.transactionalIds.map((transactionalId) =>
      settle(this.#describe(transactionalId), (error) => refuseDescription(transactionalId, error)),
    )
    return whenAll(described, (transactionStates) => ({ transactionStates }))
  }

  /** Returns the transactional ids of all partitions that this broker leads. */
  listTransactions(
    request: RequestOf<typeof ListTransactions>,
  ): ResponseBody<typeof ListTransactions> | Promise<ResponseBody<typeof ListTransactions>> {
    const isListed = transactionFilter(request, this.#options.clock.now())
    if (isListed instanceof ApiError) {
      return { errorCode: isListed.errorCode, unknownStateFilters: [], transactionStates: [] }
    }
    const listed = [...this.#runtime.partitions].map((partition) =>
      settle<readonly ListedTransaction[]>(
        partition.read((shard) => listTransactions(shard, isListed)),
        () => [],
      ),
    )
    return whenAll(listed, (transactionStates) => ({
      errorCode: ErrorCode.None,
      unknownStateFilters: unknownStates(request),
      transactionStates: transactionStates.flat(),
    }))
  }

  /**
   * Returns the topics of one transaction, with the error of each partition; or the error of the
   * whole request.
   */
  #addPartitions(
    transaction: RequestedTransaction,
    apiVersion: number,
  ): AddedTopics | ApiError | Promise<AddedTopics | ApiError> {
    const { transactionalId, producerId, producerEpoch, partitions } = transaction
    const errors = this.#errorsOf(partitions, apiVersion)
    if (errors !== undefined) return differentErrorTopics(partitions, errors)
    const partition = this.#partition(transactionalId)
    if (transaction.isOnlyVerified) {
      return settle<AddedTopics>(
        mapOutcome(
          partition instanceof ApiError
            ? partition
            : partition.read((shard) => verifyPartitions(shard, transaction)),
          (verified) => differentErrorTopics(partitions, verified),
        ),
        ({ errorCode }) =>
          differentErrorTopics(
            partitions,
            partitions.map(() => errorCode),
          ),
      )
    }
    const clientTransactionVersion = transactionVersionOf(apiVersion)
    const added =
      partition instanceof ApiError
        ? partition
        : addPartitionsToTransaction(partition.state, {
            transactionalId,
            producerId,
            producerEpoch,
            partitions,
            clientTransactionVersion,
          })
    const isFencedKnown = apiVersion >= FIRST_FENCED_VERSION
    return settle<AddedTopics | ApiError>(
      mapOutcome(added, () => sameErrorTopics(transaction, ErrorCode.None)),
      (error) =>
        error.errorCode === ErrorCode.UnsupportedVersion
          ? error
          : sameErrorTopics(transaction, fencedCode(error.errorCode, isFencedKnown)),
    )
  }

  /**
   * Returns the error of each partition, in order, if one of them cannot be added; then none is.
   * Clients, which send the versions without several transactions, cannot add internal topics.
   */
  #errorsOf(partitions: readonly TopicPartition[], apiVersion: number): ErrorCode[] | undefined {
    const { partitionExists, isInternalTopic } = this.#options
    const isFromClient = transactionVersionOf(apiVersion) === 0
    const errors = partitions.map((partition) => {
      if (isFromClient && isInternalTopic(partition.topic)) {
        return ErrorCode.TopicAuthorizationFailed
      }
      return partitionExists(partition) ? ErrorCode.None : ErrorCode.UnknownTopicOrPartition
    })
    if (errors.every((error) => error === ErrorCode.None)) return undefined
    return errors.map((error) =>
      error === ErrorCode.None ? ErrorCode.OperationNotAttempted : error,
    )
  }

  #describe(transactionalId: string) {
    const partition = this.#partition(transactionalId)
    if (partition instanceof ApiError) return partition
    return partition.read((shard) => describeTransaction(shard, transactionalId))
  }

  #partition(transactionalId: string): TransactionPartition | ApiError {
    if (transactionalId === '') return ApiError.of(ErrorCode.InvalidRequest)
    return this.#runtime.partition(this.partitionFor(transactionalId))
  }
}

/** Older clients get INVALID_PRODUCER_EPOCH in place of PRODUCER_FENCED (KIP-588). */
function fencedCode(errorCode: ErrorCode, isFencedKnown: boolean): ErrorCode {
  return errorCode === ErrorCode.ProducerFenced && !isFencedKnown
    ? ErrorCode.InvalidProducerEpoch
    : errorCode
}
