import { InternalTopic } from '../broker/internal-topics.ts'
import type { Transaction as Coordinated } from '../coordinator/transaction/transaction.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { clusterClosed } from './cluster-closed.ts'
import { CoordinatorLookup } from './coordinator-lookup.ts'
import type { ClusterSources } from './coordinator-lookup.ts'
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
export interface TransactionSources extends ClusterSources {
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
  readonly #lookup: CoordinatorLookup

  constructor(transactionalId: string, sources: TransactionSources) {
    this.transactionalId = transactionalId
    this.#sources = sources
    this.#lookup = new CoordinatorLookup(sources, TOPIC, transactionalId, 'Transaction')
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
    return this.#lookup.broker?.id
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
    if (this.#lookup.registration === undefined) throw this.#notOpen()
    const coordinator = this.#lookup.broker
    if (coordinator === undefined) throw this.#lookup.unavailable()
    const error = await coordinator.services.transactions.expire(this.transactionalId)
    if (error === undefined) return
    throw notOpenErrors.has(error.errorCode) ? this.#notOpen() : this.#lookup.unavailable(error)
  }

  /**
   * Returns the id, or the error of its coordinator.
   *
   * @throws OdradekError `PARTITION_UNAVAILABLE`, `CLUSTER_CLOSED`
   */
  #find(): Found | undefined {
    this.#checkOpen()
    if (this.#lookup.registration === undefined) return undefined
    const coordinator = this.#lookup.broker
    const found = coordinator?.services.transactions.find(this.transactionalId)
    if (coordinator === undefined) throw this.#lookup.unavailable()
    if (found instanceof ApiError) throw this.#lookup.unavailable(found)
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
