import { ErrorCode } from '../../protocol/error-code.ts'
import {
  DescribeTransactions,
  InitProducerId,
  ListTransactions,
  WriteTxnMarkers,
} from '../../protocol/messages/index.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { ClientCore } from '../client-core.ts'
import { check, ClientError } from '../client-error.ts'
import type { BrokerConnection } from '../connection/broker-connection.ts'
import { SHARED_CHANNEL } from '../connection/connections.ts'
import { TransactionCoordinator } from '../coordinator.ts'
import { retry } from '../retry.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import type { CallOptions } from './call-options.ts'

const NO_DURATION = -1
const NONE = -1
/** The first version of ListTransactions with a duration (KIP-994). */
const VERSION_OF_DURATION = 1
/** The first version of ListTransactions with a pattern (KIP-1152). */
const VERSION_OF_PATTERN = 2

/** A transactional id in a list. */
export interface ListedTransaction {
  readonly transactionalId: string
  readonly producerId: number
  /** Such as `Ongoing` or `CompleteCommit`. */
  readonly state: string
  /** The broker that coordinates it. */
  readonly coordinatorId: number
}

/** Options of a list of transactions. */
export interface ListTransactionsOptions extends CallOptions {
  /** Only transactions in one of these states, such as `Ongoing`; default all. */
  readonly states?: readonly string[]
  /** Only those of these producers; default all. */
  readonly producerIds?: readonly number[]
  /** Only those whose last transaction began longer ago, in milliseconds; default all. */
  readonly durationMs?: number
  /** Only ids that this regular expression (RE2) matches completely; default all. */
  readonly pattern?: string
}

/** The state of a transactional id. */
export interface TransactionDescription {
  readonly transactionalId: string
  /** The broker that coordinates it. */
  readonly coordinatorId: number
  readonly state: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly timeoutMs: number
  /** The time when the open transaction began; `undefined` if none is open. */
  readonly startMs: number | undefined
  /** The partitions of the open transaction. */
  readonly partitions: readonly TopicPartition[]
}

/** A transaction in one partition, which an abort marker ends. */
export interface PartitionTransaction extends TopicPartition {
  readonly producerId: number
  readonly producerEpoch: number
  /** As DescribeProducers returns it; for a transaction without a coordinator 0. */
  readonly coordinatorEpoch: number
}

/** The id and epoch of a transactional id after its producers were fenced. */
export interface FencedProducer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** Lists and describes transactions, and ends those that hang (KIP-664). */
export class TransactionsAdmin {
  readonly #core: ClientCore

  constructor(core: ClientCore) {
    this.#core = core
  }

  /**
   * Returns the transactional ids of all coordinators, by id.
   *
   * @throws ClientError `INVALID_ARGUMENT` for an unknown state, `UNSUPPORTED_VERSION` if a broker
   * does not know a filter
   */
  async list(options: ListTransactionsOptions = {}): Promise<ListedTransaction[]> {
    const { metadata, settings, closing } = this.#core
    const { signal } = options
    const signals = [closing, signal]
    await retry(settings, signals, () => metadata.fetch([], signals))
    const ofBrokers = await Promise.all(
      Array.from(metadata.brokers.keys(), (id) =>
        retry(settings, signals, async () => {
          const broker = await metadata.broker(id, undefined, signals)
          return listOf(broker, id, options)
        }),
      ),
    )
    return ofBrokers.flat().sort((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1))
  }

  /**
   * Returns transactional ids with the partitions of their transactions, in the order of the ids.
   *
   * @throws BrokerError `TRANSACTIONAL_ID_NOT_FOUND` if one does not exist
   */
  describe(
    transactionalIds: readonly string[],
    { signal }: CallOptions = {},
  ): Promise<TransactionDescription[]> {
    const { settings, closing } = this.#core
    const signals = [closing, signal]
    return Promise.all(
      transactionalIds.map((transactionalId) => {
        const coordinator = this.#coordinator(transactionalId)
        return retry(settings, signals, async () => {
          const request = { transactionalIds: [transactionalId] }
          const response = await coordinator.send(DescribeTransactions, request, {}, signals)
          const found = response.transactionStates[0]!
          coordinator.check(found.errorCode, `transactional id ${transactionalId}`)
          return toDescription(found, coordinator.brokerId!)
        })
      }),
    )
  }

  /**
   * Ends a transaction in one partition with an ABORT marker, without its coordinator. Only for a
   * transaction that hangs: its coordinator does not know the partition.
   *
   * @throws BrokerError `INVALID_PRODUCER_EPOCH` or `TRANSACTION_COORDINATOR_FENCED` if the
   * partition knows a newer epoch
   */
  abort(transaction: PartitionTransaction, { signal }: CallOptions = {}): Promise<void> {
    const { metadata, settings, closing } = this.#core
    const { topic, partition, producerId, producerEpoch, coordinatorEpoch } = transaction
    const signals = [closing, signal]
    const topics = [{ name: topic, partitionIndexes: [partition] }]
    const marker = {
      producerId,
      producerEpoch,
      coordinatorEpoch,
      transactionResult: false,
      topics,
    }
    return retry(settings, signals, async () => {
      const [leaderId] = (await metadata.byLeader([transaction], signals)).keys()
      const broker = await metadata.broker(leaderId!, undefined, signals)
      const response = await broker.send(WriteTxnMarkers, { markers: [marker] })
      const result = response.markers[0]?.topics[0]?.partitions[0]
      const errorCode = result?.errorCode ?? ErrorCode.UnknownServerError
      if (errorCode !== ErrorCode.None) metadata.invalidate(topic)
      const operation = `aborting the transaction of producer ${producerId} in ${nameOf(transaction)}`
      check(errorCode, operation)
    })
  }

  /**
   * Fences the producers of transactional ids, and aborts their open transactions (KIP-588).
   * Returns the new epochs.
   */
  fenceProducers(
    transactionalIds: readonly string[],
    { signal }: CallOptions = {},
  ): Promise<FencedProducer[]> {
    const { settings, closing } = this.#core
    const signals = [closing, signal]
    return Promise.all(
      transactionalIds.map((transactionalId) => {
        const coordinator = this.#coordinator(transactionalId)
        return retry(settings, signals, async () => {
          // As in Kafka's admin, the timeout of the request: nothing uses it afterwards.
          const transactionTimeoutMs = settings.requestTimeoutMs
          const request = { transactionalId, transactionTimeoutMs }
          const response = await coordinator.send(InitProducerId, request, {}, signals)
          const { errorCode, producerId, producerEpoch } = response
          coordinator.check(errorCode, `fencing the producers of ${transactionalId}`)
          return { transactionalId, producerId, producerEpoch }
        })
      }),
    )
  }

  /**
   * Aborts the open or prepared transaction of a transactional id, and fences its producers
   * (KIP-939).
   */
  async forceTerminate(transactionalId: string, options: CallOptions = {}): Promise<void> {
    await this.fenceProducers([transactionalId], options)
  }

  #coordinator(transactionalId: string): TransactionCoordinator {
    return new TransactionCoordinator(this.#core, transactionalId, SHARED_CHANNEL)
  }
}

async function listOf(
  broker: BrokerConnection,
  coordinatorId: number,
  options: ListTransactionsOptions,
): Promise<ListedTransaction[]> {
  const { states = [], producerIds = [], durationMs = NO_DURATION, pattern } = options
  const version = broker.versionOf(ListTransactions)
  if (durationMs !== NO_DURATION && version < VERSION_OF_DURATION)
    throw unsupported(broker, 'duration')
  if (pattern !== undefined && version < VERSION_OF_PATTERN) throw unsupported(broker, 'pattern')
  const response = await broker.send(ListTransactions, {
    stateFilters: [...states],
    producerIdFilters: [...producerIds],
    durationFilter: durationMs,
    transactionalIdPattern: pattern ?? null,
  })
  check(response.errorCode, `listing the transactions of broker ${coordinatorId}`)
  const [unknown] = response.unknownStateFilters
  if (unknown !== undefined)
    throw new ClientError('INVALID_ARGUMENT', `there is no transaction state '${unknown}'`, {
      advice:
        'States are Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort, PrepareEpochFence and Dead.',
    })
  return response.transactionStates.map(({ transactionalId, producerId, transactionState }) => ({
    transactionalId,
    producerId,
    state: transactionState,
    coordinatorId,
  }))
}

function unsupported({ address }: BrokerConnection, filter: string): ClientError {
  const message = `${address} cannot filter transactions by ${filter}`
  return new ClientError('UNSUPPORTED_VERSION', message, { advice: 'Omit this filter.' })
}

function toDescription(
  found: ResponseOf<typeof DescribeTransactions>['transactionStates'][number],
  coordinatorId: number,
): TransactionDescription {
  return {
    transactionalId: found.transactionalId,
    coordinatorId,
    state: found.transactionState,
    producerId: found.producerId,
    producerEpoch: found.producerEpoch,
    timeoutMs: found.transactionTimeoutMs,
    startMs: found.transactionStartTimeMs === NONE ? undefined : found.transactionStartTimeMs,
    partitions: found.topics.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    ),
  }
}
