import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { CoordinatorShard, RecordWriter } from '../runtime/coordinator-shard.ts'
import type { InternalPartition } from '../runtime/internal-partition.ts'
import type { Outcome } from '../runtime/outcome.ts'
import { CheckSchedule } from '../runtime/check-schedule.ts'
import { completeTransaction } from './complete-transaction.ts'
import { abortTimedOut } from './timeouts.ts'
import type { TransactionContext, TransactionEnvironment } from './transaction-context.ts'
import { expirationOf, removeExpired } from './transactional-id-expiration.ts'
import { deadlineOf } from './transaction-metadata.ts'
import type { TransactionMetadata } from './transaction-metadata.ts'
import { isStorable } from './transaction-records.ts'
import type { TransactionRecord } from './transaction-records.ts'
import { isPrepared } from './transaction-state.ts'
import { Transaction } from './transaction.ts'

/** The transactional ids in one partition of `__transaction_state`. */
export class TransactionShard implements CoordinatorShard<TransactionRecord>, TransactionContext {
  readonly environment: TransactionEnvironment
  readonly #writer: RecordWriter<TransactionRecord>
  readonly #partition: InternalPartition
  readonly #transactions = new Map<string, Transaction>()
  readonly #timeouts: CheckSchedule
  readonly #expirations: CheckSchedule
  #isLoaded = false

  /** @param startMs the start of the coordinator, since which its checks take place */
  constructor(
    writer: RecordWriter<TransactionRecord>,
    partition: InternalPartition,
    environment: TransactionEnvironment,
    startMs: number,
  ) {
    const { clock, config } = environment
    this.environment = environment
    this.#writer = writer
    this.#partition = partition
    this.#timeouts = new CheckSchedule(clock, startMs, config.timeoutCheckIntervalMs, () => {
      abortTimedOut(this)
      this.#planTimeouts()
    })
    this.#expirations = new CheckSchedule(
      clock,
      startMs,
      config.idExpirationCheckIntervalMs,
      () => {
        removeExpired(this)
        this.#planExpirations()
      },
    )
  }

  get transactions(): ReadonlyMap<string, Transaction> {
    return this.#transactions
  }

  get coordinatorEpoch(): number {
    return this.#partition.leaderEpoch
  }

  get isLoaded(): boolean {
    return this.#isLoaded
  }

  write<T>(
    transactionalId: string,
    metadata: TransactionMetadata,
    afterCommit: (transaction: Transaction) => T,
  ): Outcome<T> {
    const existing = this.#transactions.get(transactionalId)
    if (existing !== undefined && !isStorable(metadata, this.environment.transactionVersion())) {
      existing.isBlocked = true
      return ApiError.of(ErrorCode.UnsupportedVersion)
    }
    const before = existing?.metadata
    const error = this.#writer.append([{ transactionalId, metadata }])
    if (error !== undefined) return error
    const transaction = this.#transactions.get(transactionalId)!
    const committed = this.#writer.whenCommitted(transaction)
    if (!(committed instanceof Promise)) return this.#onCommitted(transaction, before, afterCommit)
    transaction.uncommittedRecords++
    return committed.then((result) => {
      transaction.uncommittedRecords--
      if (result instanceof ApiError) return result
      if (!this.#isLoaded) return ApiError.of(ErrorCode.NotCoordinator)
      return this.#onCommitted(transaction, before, afterCommit)
    })
  }

  remove(transactionalIds: readonly string[]): void {
    const removed = transactionalIds.map((id) => this.#transactions.get(id)!)
    // If this fails, the next check tries again with those that are left.
    void this.#writer.appendSeparately(
      transactionalIds.map((transactionalId) => ({ transactionalId, metadata: null })),
    )
    for (const { transactionalId, metadata } of removed) {
      if (this.#transactions.has(transactionalId)) continue
      this.environment.hooks?.onTransition(transactionalId, metadata, undefined)
    }
  }

  replay({ transactionalId, metadata }: TransactionRecord): void {
    if (metadata === null) {
      this.#transactions.delete(transactionalId)
      return
    }
    let transaction = this.#transactions.get(transactionalId)
    if (transaction === undefined) {
      transaction = new Transaction(transactionalId, metadata)
      this.#transactions.set(transactionalId, transaction)
    } else {
      transaction.replay(metadata)
    }
    if (!this.#isLoaded) return
    this.#planTimeout(transaction)
    this.#planExpiration(transaction)
  }

  /** No record of this topic belongs to a transaction. */
  replayEndTransaction(): void {}

  /** Ends the transactions that a former coordinator has prepared. */
  onLoaded(): void {
    this.#isLoaded = true
    this.#planTimeouts()
    this.#planExpirations()
    for (const transaction of this.#transactions.values()) {
      const { transactionalId, metadata } = transaction
      this.environment.hooks?.onLoaded(transactionalId, metadata)
      if (isPrepared(metadata.state)) completeTransaction(this, transaction)
    }
  }

  onUnloaded(): void {
    this.#isLoaded = false
    this.#timeouts.cancel()
    this.#expirations.cancel()
    for (const { sending } of this.#transactions.values()) sending?.cancel()
  }

  #onCommitted<T>(
    transaction: Transaction,
    before: TransactionMetadata | undefined,
    afterCommit: (transaction: Transaction) => T,
  ): T {
    const { transactionalId, metadata } = transaction
    this.environment.hooks?.onTransition(transactionalId, before, metadata)
    return afterCommit(transaction)
  }

  #planTimeouts(): void {
    for (const transaction of this.#transactions.values()) this.#planTimeout(transaction)
  }

  #planExpirations(): void {
    for (const transaction of this.#transactions.values()) this.#planExpiration(transaction)
  }

  #planTimeout({ metadata, isBlocked }: Transaction): void {
    const deadlineMs = deadlineOf(metadata)
    if (deadlineMs !== undefined && !isBlocked) this.#timeouts.planAt(deadlineMs + 1)
  }

  #planExpiration({ metadata, isBlocked }: Transaction): void {
    const expirationMs = expirationOf(metadata, this.environment.config.idExpirationMs)
    if (expirationMs !== undefined && !isBlocked) this.#expirations.planAt(expirationMs)
  }
}
