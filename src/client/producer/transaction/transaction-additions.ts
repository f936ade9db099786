import { abortable, sleep, throwIfAborted } from '../../cancellation.ts'
import type { ClientError } from '../../client-error.ts'
import type { ClientSettings } from '../../client-options.ts'
import type { CommittedOffset } from '../../group/committed-offsets.ts'
import type { ConsumerGroupMetadata } from '../../group/consumer-group-metadata.ts'
import { retry } from '../../retry.ts'
import type { TopicPartition } from '../../topic-partition.ts'
import type { IdempotentState } from '../idempotent-state.ts'
import type { OpenTransaction } from './open-transaction.ts'
import type { TransactionalRequest } from './transaction-errors.ts'
import { isConcurrent, type TransactionRequests } from './transaction-requests.ts'

/** The delay before the first partition is added again while the last transaction is ending. */
const CONCURRENT_BACKOFF_MS = 20

/** Adds partitions and offsets to the open transaction, one request after the other. */
export class TransactionAdditions {
  readonly #settings: ClientSettings
  readonly #requests: TransactionRequests
  readonly #sequences: IdempotentState
  readonly #onError: (request: TransactionalRequest, error: unknown) => ClientError
  readonly #closing: AbortSignal
  #sent: Promise<unknown> = Promise.resolve()

  /**
   * @param onError called with an error that cannot be retried; returns the error for the caller
   * @param closing aborted when the producer closes
   */
  constructor(
    settings: ClientSettings,
    requests: TransactionRequests,
    sequences: IdempotentState,
    onError: (request: TransactionalRequest, error: unknown) => ClientError,
    closing: AbortSignal,
  ) {
    this.#settings = settings
    this.#requests = requests
    this.#sequences = sequences
    this.#onError = onError
    this.#closing = closing
  }

  /** Adds the new partitions of the transaction. Resolves also after an error. */
  addPartitions(transaction: OpenTransaction): Promise<void> {
    return this.#inOrder(async () => {
      const partitions = transaction.takeNew()
      if (partitions.length > 0 && !transaction.isCancelled)
        await this.#send(transaction, 'AddPartitionsToTxn', (signals) =>
          this.#addPartitions(transaction, partitions, signals),
        )
    }).catch(() => {})
  }

  /** Commits offsets as part of the transaction. */
  sendOffsets(
    transaction: OpenTransaction,
    offsets: readonly CommittedOffset[],
    group: ConsumerGroupMetadata,
  ): Promise<void> {
    const { protocol } = transaction
    const requests = this.#requests
    return this.#inOrder(async () => {
      throwIfAborted([transaction.cancelled])
      const producer = this.#sequences.current
      if (protocol === 1)
        await this.#send(transaction, 'AddOffsetsToTxn', (signals) =>
          requests.addOffsets(producer, group.groupId, signals),
        )
      transaction.hasStarted = true
      await this.#send(transaction, 'TxnOffsetCommit', (signals) =>
        requests.commitOffsets(producer, group, offsets, protocol, signals),
      )
    })
  }

  /** Resolves when everything so far was added or has failed. */
  async finished(): Promise<void> {
    await abortable(this.#sent, [this.#closing])
  }

  async #addPartitions(
    transaction: OpenTransaction,
    partitions: readonly TopicPartition[],
    signals: readonly AbortSignal[],
  ): Promise<void> {
    for (;;) {
      try {
        await this.#requests.addPartitions(this.#sequences.current, partitions, signals)
        transaction.onAdded(partitions)
        return
      } catch (error) {
        if (!isConcurrent(error) || transaction.hasStarted) throw error
        await sleep(this.#settings.clock, CONCURRENT_BACKOFF_MS, signals)
      }
    }
  }

  /** Sends a request until it succeeds, or until nothing can be added to the transaction. */
  async #send(
    transaction: OpenTransaction,
    request: TransactionalRequest,
    send: (signals: readonly AbortSignal[]) => Promise<void>,
  ): Promise<void> {
    const signals = [this.#closing, transaction.cancelled]
    transaction.mayHaveStarted = true
    try {
      await retry(this.#settings, signals, () => send(signals), Infinity)
    } catch (error) {
      throw transaction.isCancelled ? error : this.#onError(request, error)
    }
  }

  #inOrder(send: () => Promise<void>): Promise<void> {
    const sending = this.#sent.then(send)
    this.#sent = sending.catch(() => {})
    return sending
  }
}
