import type { Broker } from '../broker/broker.ts'
import { InternalTopic } from '../broker/internal-topics.ts'
import type { MetadataImage, PartitionRegistration } from '../controller/metadata-image.ts'
import { coordinatorPartition } from '../coordinator/java-hash.ts'
import type { Transaction as Coordinated } from '../coordinator/transaction/transaction.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode, errorName } from '../protocol/error-code.ts'
import { clusterClosed } from './cluster-closed.ts'
import type { ClusterTransactions } from './cluster-transactions.ts'
import {
  checkHeldState,
  checkListener,
  checkStates,
  checkWaitOptions,
} from './transaction-arguments.ts'
import type {
  HeldTransactionState,
  Transaction,
  TransactionDescription,
  TransactionHold,
  TransactionPartition,
  TransactionState,
  TransactionTransition,
  TransactionWaitOptions,
} from './transaction.ts'

const TOPIC = InternalTopic.TransactionState

/** The parts of a cluster that know transactions. */
export interface TransactionSources {
  readonly image: MetadataImage
  /** The brokers that run. */
  readonly running: readonly Broker[]
  readonly transactions: ClusterTransactions
}

/** Returns the transactional ids that the running coordinators know, ordered by name. */
export function listTransactions(sources: TransactionSources): readonly Transaction[] {
  const ids = sources.running.flatMap(({ services }) => services.transactions.transactionalIds)
  return [...new Set(ids)].sort().map((id) => new TransactionHandle(id, sources))
}

/** A transactional id. Each property and method looks up its coordinator when it is used. */
export class TransactionHandle implements Transaction {
  readonly transactionalId: string
  readonly #sources: TransactionSources

  constructor(transactionalId: string, sources: TransactionSources) {
    this.transactionalId = transactionalId
    this.#sources = sources
  }

  get exists(): boolean {
    return this.describe() !== undefined
  }

  get state(): TransactionState | undefined {
    return this.describe()?.state
  }

  get producerId(): number | undefined {
    return this.describe()?.producerId
  }

  get producerEpoch(): number | undefined {
    return this.describe()?.producerEpoch
  }

  get partitions(): readonly TransactionPartition[] {
    return this.describe()?.partitions ?? []
  }

  get timeoutMs(): number | undefined {
    return this.describe()?.timeoutMs
  }

  get startTimeMs(): number | undefined {
    return this.describe()?.startTimeMs
  }

  get ageMs(): number | undefined {
    return this.describe()?.ageMs
  }

  get lastUpdateTimeMs(): number | undefined {
    return this.describe()?.lastUpdateTimeMs
  }

  get coordinatorId(): number | undefined {
    return this.#coordinator()?.id
  }

  describe(): TransactionDescription | undefined {
    const found = this.#find()
    return found && this.#describe(found)
  }

  async waitFor(
    state: TransactionState | readonly TransactionState[],
    options: TransactionWaitOptions = {},
  ): Promise<TransactionDescription> {
    checkWaitOptions(options)
    const { transactionalId } = this
    const states = checkStates(state)
    const current = () => this.#current()
    return this.#sources.transactions.events.wait({ ...options, transactionalId, states, current })
  }

  onTransition(listener: (transition: TransactionTransition) => void): () => void {
    checkListener(listener)
    return this.#sources.transactions.events.listen(this.transactionalId, listener)
  }

  hold(state?: HeldTransactionState): TransactionHold {
    return this.#sources.transactions.holds.add(this.transactionalId, checkHeldState(state))
  }

  async expire(): Promise<void> {
    this.#checkOpen()
    if (this.#registration() === undefined) throw this.#notOpen()
    const coordinator = this.#coordinator()
    if (coordinator === undefined) throw this.#unavailable()
    const error = await coordinator.services.transactions.expire(this.transactionalId)
    if (error === undefined) return
    throw notOpenErrors.has(error.errorCode) ? this.#notOpen() : this.#unavailable(error)
  }

  /**
   * Returns the id, or the error of its coordinator.
   *
   * @throws OdradekError `PARTITION_UNAVAILABLE`, `CLUSTER_CLOSED`
   */
  #find(): Found | undefined {
    this.#checkOpen()
    if (this.#registration() === undefined) return undefined
    const coordinator = this.#coordinator()
    const found = coordinator?.services.transactions.find(this.transactionalId)
    if (coordinator === undefined) throw this.#unavailable()
    if (found instanceof ApiError) throw this.#unavailable(found)
    return found && { transaction: found, coordinatorId: coordinator.id }
  }

  /** @throws OdradekError `CLUSTER_CLOSED` */
  #checkOpen(): void {
    if (this.#sources.transactions.isClosed) throw clusterClosed()
  }

  #describe({ transaction, coordinatorId }: Found): TransactionDescription {
    const { transactionalId, metadata } = transaction
    return this.#sources.transactions.describe(transactionalId, metadata, coordinatorId)
  }

  /** Returns the id as it is committed now; `undefined` also while it has no coordinator. */
  #current(): TransactionDescription | undefined {
    try {
      const found = this.#find()
      const isCommitted = found?.transaction.uncommittedRecords === 0
      return found !== undefined && isCommitted ? this.#describe(found) : undefined
    } catch (error) {
      if (error instanceof OdradekError) return undefined
      throw error
    }
  }

  /** Returns the broker that leads the id's partition of `__transaction_state`, if it runs. */
  #coordinator(): Broker | undefined {
    const leader = this.#registration()?.leader
    return this.#sources.running.find(({ id }) => id === leader)
  }

  /** Returns the id's partition of `__transaction_state`; `undefined` while there is no topic. */
  #registration(): PartitionRegistration | undefined {
    const partitions = this.#sources.image.topics.get(TOPIC)?.partitions
    return partitions?.[coordinatorPartition(this.transactionalId, partitions.length)]
  }

  #notOpen(): OdradekError {
    const { state } = this
    const reason =
      state === undefined
        ? 'no producer has initialized this transactional id'
        : `its state is ${state}`
    return new OdradekError(
      'NO_OPEN_TRANSACTION',
      `Transaction '${this.transactionalId}' cannot expire: ${reason}. Wait for an open transaction first: await transaction.waitFor('Ongoing')`,
    )
  }

  /** @param error of the coordinator; default: there is none */
  #unavailable(error?: ApiError): OdradekError {
    const replicas = this.#registration()?.replicas ?? []
    const down = replicas.filter((id) => !this.#sources.running.some((broker) => broker.id === id))
    const advice =
      down.length > 0 ? `Start broker ${down.join(' or ')} again` : 'The log has the reason'
    const cause =
      error === undefined ? 'no running broker leads its partition' : errorName(error.errorCode)
    return new OdradekError(
      'PARTITION_UNAVAILABLE',
      `Transaction '${this.transactionalId}' has no coordinator: ${cause}. ${advice}`,
    )
  }
}

/** A transactional id on the broker that coordinates it. */
interface Found {
  readonly transaction: Coordinated
  readonly coordinatorId: number
}

/** The errors of a coordinator that has no open transaction of an id. */
const notOpenErrors: ReadonlySet<number> = new Set([
  ErrorCode.TransactionalIdNotFound,
  ErrorCode.ConcurrentTransactions,
  ErrorCode.InvalidTxnState,
])
