import { ErrorCode } from '../../../protocol/error-code.ts'
import { abortable, type Signals } from '../../cancellation.ts'
import type { ClientCore } from '../../client-core.ts'
import { ClientError, isBrokerError } from '../../client-error.ts'
import type { CommittedOffset } from '../../group/committed-offsets.ts'
import type { ConsumerGroupMetadata } from '../../group/consumer-group-metadata.ts'
import { retry } from '../../retry.ts'
import type { TopicPartition } from '../../topic-partition.ts'
import type { IdempotentState } from '../idempotent-state.ts'
import type { ProducerBatch } from '../producer-batch.ts'
import { OpenTransaction } from './open-transaction.ts'
import { TransactionAdditions } from './transaction-additions.ts'
import {
  abortableError,
  deadError,
  effectOf,
  type ErrorEffect,
  type TransactionalRequest,
} from './transaction-errors.ts'
import { TransactionRequests, type TransactionProtocol } from './transaction-requests.ts'
import { TransactionStateMachine, type TransactionCall } from './transaction-state.ts'

const TRANSACTION_VERSION = 'transaction.version'

/** The records of a producer, as its transactions need them. */
export interface TransactionalRecords {
  /** Sends waiting records. Resolves when every record so far has its result. */
  flush(): Promise<void>
  /** Fails the records that were never sent. */
  failUnsent(error: Error): void
  /** Fails all records that are not being sent. */
  failAll(error: Error): void
  /** Sends records that may be sent now. */
  wake(): void
}

/** Options of the transactions of a producer. */
export interface TransactionOptions {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
}

/** A call that changes the state and has not finished. */
interface Transition {
  readonly call: TransactionCall
  readonly done: Promise<void>
}

/**
 * The transactions of a producer: initializes it, adds partitions and offsets, commits and aborts
 * (Kafka's `TransactionManager`). Requests are retried until the producer closes. With
 * `transaction.version` 2 or later, Produce and TxnOffsetCommit add partitions implicitly, and each
 * transaction has its own epoch (KIP-890).
 */
export class TransactionManager {
  readonly #core: ClientCore
  readonly #options: TransactionOptions
  readonly #sequences: IdempotentState
  readonly #records: TransactionalRecords
  readonly #closing: AbortSignal
  readonly #requests: TransactionRequests
  readonly #additions: TransactionAdditions
  readonly #state: TransactionStateMachine
  #isVersion2 = false
  /** Whether the next transaction needs a new epoch, which the end of this one does not bring. */
  #needsEpoch = false
  #transaction: OpenTransaction | undefined
  #transition: Transition | undefined

  /** @param closing aborted when the producer closes */
  constructor(
    core: ClientCore,
    options: TransactionOptions,
    sequences: IdempotentState,
    records: TransactionalRecords,
    closing: AbortSignal,
  ) {
    this.#core = core
    this.#options = options
    this.#sequences = sequences
    this.#records = records
    this.#closing = closing
    this.#requests = new TransactionRequests(core, options.transactionalId)
    this.#state = new TransactionStateMachine(options.transactionalId)
    this.#additions = new TransactionAdditions(
      core.settings,
      this.#requests,
      sequences,
      (request, error) => this.#onRequestError(request, error),
      closing,
    )
  }

  /** The protocol of the open transaction. */
  get protocol(): TransactionProtocol | undefined {
    return this.#transaction?.protocol
  }

  /** The error after which the producer can only be closed. */
  get death(): ClientError | undefined {
    return this.#state.current === 'dead' ? this.#state.error : undefined
  }

  /** Requests the producer id. */
  initialize(signals: Signals): Promise<void> {
    return this.#change('initTransactions', signals, async () => {
      this.#state.moveTo('initializing')
      await this.#initialize(false)
      this.#isVersion2 = this.#hasVersion2
    })
  }

  /** Begins a transaction. Nothing is sent. */
  begin(): void {
    this.#state.check('beginTransaction')
    this.#state.moveTo('open')
    this.#transaction = new OpenTransaction(this.#isVersion2 ? 2 : 1)
  }

  /** Returns the open transaction, to which records can be added. */
  forSend(): OpenTransaction {
    this.#state.check('send')
    return this.#transaction!
  }

  /** Makes a partition part of the transaction. Its records wait until the coordinator knows it. */
  addPartition(partition: TopicPartition): void {
    const transaction = this.#transaction!
    if (!transaction.add(partition)) return
    void this.#additions.addPartitions(transaction).then(() => this.#records.wake())
  }

  /** Whether a batch may be sent: its partition is part of the transaction. */
  maySend({ name }: ProducerBatch): boolean {
    return this.#transaction?.has(name) === true
  }

  /** Notes that a batch has failed: the transaction cannot be committed any more. */
  onBatchFailed(error: Error): void {
    this.#needsEpoch ||= this.#transaction?.protocol === 1
    this.#onRequestError('Produce', error)
  }

  /** Notes that records of the transaction were refused or cancelled before they were sent. */
  onRecordsRefused(transaction: OpenTransaction, error: Error): void {
    if (transaction === this.#transaction) this.#onError('abortable', error)
  }

  /** Notes that the sequence of a partition cannot continue in this epoch. */
  onSequenceLost(): void {
    this.#needsEpoch ||= this.#transaction?.protocol === 1
    const message = 'it is not known whether the broker has appended some of the records'
    this.#onError('abortable', new ClientError('DELIVERY_TIMED_OUT', message))
  }

  /** Commits offsets as part of the transaction. */
  async sendOffsets(
    offsets: readonly CommittedOffset[],
    group: ConsumerGroupMetadata,
    signals: Signals,
  ): Promise<void> {
    this.#state.check('sendOffsetsToTransaction')
    const transaction = this.#transaction!
    if (offsets.length === 0) return
    const sending = this.#additions.sendOffsets(transaction, offsets, group)
    await this.#within('sendOffsetsToTransaction', sending, signals)
  }

  /** Ends an open transaction before the producer closes: waits for a commit, else aborts it. */
  async close(): Promise<void> {
    if (this.#transition !== undefined) await this.#transition.done
    else if (this.#transaction !== undefined && this.death === undefined) await this.abort([])
  }

  /** Commits the transaction, after all its records and offsets have been sent. */
  commit(signals: Signals): Promise<void> {
    return this.#change('commitTransaction', signals, async () => {
      const transaction = this.#transaction!
      this.#state.moveTo('committing')
      await this.#finishRequests()
      const { error } = this.#state
      if (error !== undefined) throw error
      await this.#end(transaction, true)
    })
  }

  /** Aborts the transaction. Records that were never sent are dropped. */
  abort(signals: Signals): Promise<void> {
    return this.#change('abortTransaction', signals, async () => {
      const transaction = this.#transaction!
      const dropped = this.#state.error ?? abortedError(this.#options.transactionalId)
      this.#state.moveTo('aborting')
      transaction.cancel(dropped)
      this.#records.failUnsent(dropped)
      await this.#finishRequests()
      await this.#end(transaction, false)
    })
  }

  /** Starts a change of the state, or waits for the same one again. */
  #change(call: TransactionCall, signals: Signals, run: () => Promise<void>): Promise<void> {
    let transition = this.#transition
    if (transition?.call !== call) {
      this.#state.check(call)
      const done = run().finally(() => (this.#transition = undefined))
      transition = { call, done }
      this.#transition = transition
    }
    return this.#within(call, transition.done, signals)
  }

  /** Waits until a change has finished. It continues when the caller stops waiting. */
  async #within(call: TransactionCall, done: Promise<void>, signals: Signals): Promise<void> {
    const { clock, retryTimeoutMs } = this.#core.settings
    const timeout = new AbortController()
    const timer = clock.schedule(retryTimeoutMs, () => {
      timeout.abort(timedOutError(call, this.#options.transactionalId, retryTimeoutMs))
    })
    try {
      await abortable(done, [timeout.signal, ...signals])
    } finally {
      timer.cancel()
    }
  }

  async #finishRequests(): Promise<void> {
    await this.#records.flush()
    await this.#additions.finished()
  }

  /** @param isRecovery whether the epoch is raised after a failure; else others are fenced */
  async #initialize(isRecovery: boolean): Promise<void> {
    const current = isRecovery ? this.#sequences.current : undefined
    try {
      const { transactionTimeoutMs } = this.#options
      const signals = [this.#closing]
      const next = await this.#retry(signals, () =>
        this.#requests.initProducerId(transactionTimeoutMs, current, signals),
      )
      this.#sequences.startEpoch(next)
      this.#needsEpoch = false
      this.#state.moveTo('ready')
    } catch (error) {
      const effect = effectOf('InitProducerId', error)
      if (effect === 'uninitialized') this.#state.moveTo('uninitialized')
      throw this.#onError(effect, error as Error)
    }
  }

  async #end(transaction: OpenTransaction, isCommit: boolean): Promise<void> {
    const { protocol, hasStarted } = transaction
    const isUpgrade = this.#hasVersion2 && protocol === 1
    this.#isVersion2 = this.#hasVersion2
    if (hasStarted || transaction.mayHaveStarted) {
      try {
        const signals = [this.#closing]
        const producer = this.#sequences.current
        const next = await this.#retry(signals, () =>
          this.#requests.end(producer, isCommit, protocol, signals),
        )
        if (next !== undefined) this.#sequences.startEpoch(next)
      } catch (error) {
        const neverStarted = !hasStarted && isBrokerError(error, ErrorCode.InvalidTxnState)
        if (!neverStarted) throw this.#onEndError(isCommit, error)
      }
    }
    this.#transaction = undefined
    if (!this.#needsEpoch && !isUpgrade) {
      this.#state.moveTo('ready')
      return
    }
    const initializing = this.#initialize(true)
    // The transaction is committed. If the producer cannot continue, the next call says so.
    await (isCommit ? initializing.catch(() => {}) : initializing)
  }

  #onEndError(isCommit: boolean, error: unknown): ClientError {
    // To abort again would not help.
    if (!isCommit && effectOf('EndTxn', error) === 'abortable')
      return this.#onError('fatal', error as Error)
    return this.#onRequestError('EndTxn', error)
  }

  #onRequestError(request: TransactionalRequest, error: unknown): ClientError {
    if (isBrokerError(error, ErrorCode.UnknownProducerId))
      this.#needsEpoch ||= this.#transaction?.protocol === 1
    return this.#onError(effectOf(request, error), error as Error)
  }

  /** Returns the error that the caller gets. */
  #onError(effect: ErrorEffect, error: Error): ClientError {
    if (this.#closing.aborted || effect === 'uninitialized') return error as ClientError
    const transaction = this.#transaction
    if (effect === 'abortable') {
      const failure = abortableError(error)
      if (!this.#state.fail(failure)) return failure
      transaction?.cancel(failure)
      this.#records.failUnsent(failure)
      return failure
    }
    const death = deadError(this.#options.transactionalId, effect, error)
    if (this.#state.die(death)) {
      transaction?.cancel(death)
      this.#records.failAll(death)
    }
    return death
  }

  #retry<T>(signals: Signals, send: () => Promise<T>): Promise<T> {
    return retry(this.#core.settings, signals, send, Infinity)
  }

  get #hasVersion2(): boolean {
    return this.#core.connections.features.level(TRANSACTION_VERSION) >= 2
  }
}

function abortedError(transactionalId: string): ClientError {
  const message = `the transaction of ${transactionalId} was aborted before the records were sent`
  return new ClientError('TRANSACTION_ABORTED', message)
}

function timedOutError(
  call: TransactionCall,
  transactionalId: string,
  timeoutMs: number,
): ClientError {
  const message = `${call} of transactional id ${transactionalId} has not finished within ${timeoutMs} ms`
  const advice =
    call === 'sendOffsetsToTransaction'
      ? 'It continues: commitTransaction waits for it. Or call abortTransaction.'
      : `It continues: call ${call} again to wait for it, or close the producer.`
  return new ClientError('TIMED_OUT', message, { advice })
}
