import type { TopicPartition } from './partition-set.ts'

/** A transaction that was committed or aborted, and still needs its markers. */
export interface EndedTransaction {
  readonly transactionalId: string
  readonly producerId: number
  /** The epoch of the markers. With transactions v2 it is one above that of the records. */
  readonly producerEpoch: number
  readonly isCommitted: boolean
  /** The leader epoch of the transactional id's partition of `__transaction_state`. */
  readonly coordinatorEpoch: number
  /** The version of transactions that the producer used: 2 with KIP-890, otherwise 0. */
  readonly transactionVersion: number
  /** The partitions that need a marker, at least one. */
  readonly partitions: readonly TopicPartition[]
}

/** Writes markers through the leaders of partitions (Kafka's `TransactionMarkerChannelManager`). */
export interface MarkerSender {
  /**
   * Starts to write the markers of a transaction. Retries whatever can succeed later.
   *
   * @param onDone called with partitions that have their marker, or that need none any more because
   * they are deleted; at once if nothing must be waited for. Each partition is passed once.
   */
  send(
    transaction: EndedTransaction,
    onDone: (partitions: readonly TopicPartition[]) => void,
  ): MarkerSending
}

/** The markers of a transaction that are not written yet. */
export interface MarkerSending {
  /** Stops, because this broker no longer is the coordinator. `onDone` is not called again. */
  cancel(): void
}
