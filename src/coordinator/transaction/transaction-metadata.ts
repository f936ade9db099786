import { PartitionSet } from './partition-set.ts'
import { TransactionState } from './transaction-state.ts'

/** In place of a producer id: there is none. */
export const NO_PRODUCER_ID = -1

/** In place of a producer epoch: there is none. */
export const NO_PRODUCER_EPOCH = -1

/** In place of the start of a transaction: no transaction has begun. */
export const NO_START = -1

/** The largest producer epoch. Only the coordinator uses it, to end the transaction before it. */
export const MAX_PRODUCER_EPOCH = 32_767

/** The timeout of a transaction that an external coordinator ends (KIP-939). It never times out. */
const NO_TIMEOUT_MS = 2 ** 31 - 1

/** The stored data of a transactional id (Kafka's `TransactionMetadata`). Immutable. */
export interface TransactionMetadata {
  readonly producerId: number
  /** The producer id before the last transition. */
  readonly previousProducerId: number
  /** The producer id after this transaction, if its epoch is exhausted; otherwise -1. */
  readonly nextProducerId: number
  readonly producerEpoch: number
  /** The epoch before the last bump, for retries of the producer; -1 if unknown. Not stored. */
  readonly lastProducerEpoch: number
  readonly timeoutMs: number
  readonly state: TransactionState
  readonly partitions: PartitionSet
  /** Milliseconds since the epoch; -1 if no transaction has begun. */
  readonly startTimestampMs: number
  /** Milliseconds since the epoch. */
  readonly lastUpdateTimestampMs: number
  /** The version of transactions that the producer used: 2 with KIP-890, otherwise 0. */
  readonly clientTransactionVersion: number
}

/** The producer id and epoch in a request. */
export interface ProducerIdAndEpoch {
  readonly producerId: number
  readonly producerEpoch: number
}

/** Returns the metadata of a transactional id that is not stored yet. */
export function newTransaction(
  producerId: number,
  timeoutMs: number,
  nowMs: number,
): TransactionMetadata {
  return {
    producerId,
    previousProducerId: NO_PRODUCER_ID,
    nextProducerId: NO_PRODUCER_ID,
    producerEpoch: NO_PRODUCER_EPOCH,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    timeoutMs,
    state: TransactionState.Empty,
    partitions: PartitionSet.empty,
    startTimestampMs: NO_START,
    lastUpdateTimestampMs: nowMs,
    clientTransactionVersion: 0,
  }
}

/** New values of some properties. */
export type MetadataChanges = Partial<Omit<TransactionMetadata, 'previousProducerId'>>

/**
 * Returns a copy with other values. All metadata has its properties in this order, which keeps the
 * many transitions of a transaction fast; an object spread would not.
 */
export function changed(
  metadata: TransactionMetadata,
  changes: MetadataChanges,
  previousProducerId = metadata.previousProducerId,
): TransactionMetadata {
  return {
    producerId: changes.producerId ?? metadata.producerId,
    previousProducerId,
    nextProducerId: changes.nextProducerId ?? metadata.nextProducerId,
    producerEpoch: changes.producerEpoch ?? metadata.producerEpoch,
    lastProducerEpoch: changes.lastProducerEpoch ?? metadata.lastProducerEpoch,
    timeoutMs: changes.timeoutMs ?? metadata.timeoutMs,
    state: changes.state ?? metadata.state,
    partitions: changes.partitions ?? metadata.partitions,
    startTimestampMs: changes.startTimestampMs ?? metadata.startTimestampMs,
    lastUpdateTimestampMs: changes.lastUpdateTimestampMs ?? metadata.lastUpdateTimestampMs,
    clientTransactionVersion: changes.clientTransactionVersion ?? metadata.clientTransactionVersion,
  }
}

/** Whether producers get no larger epoch. The largest one is kept to fence a producer. */
export function isEpochExhausted(producerEpoch: number): boolean {
  return producerEpoch >= MAX_PRODUCER_EPOCH - 1
}

/** Returns the timeout that is stored for a transaction. */
export function storedTimeoutMs(timeoutMs: number, isTwoPhaseCommit: boolean): number {
  return isTwoPhaseCommit ? NO_TIMEOUT_MS : timeoutMs
}

/**
 * Returns the time after which the transaction is aborted; `undefined` if it is not open, or an
 * external coordinator ends it.
 */
export function deadlineOf({
  state,
  timeoutMs,
  startTimestampMs,
}: TransactionMetadata): number | undefined {
  if (state !== TransactionState.Ongoing || timeoutMs === NO_TIMEOUT_MS) return undefined
  return startTimestampMs + timeoutMs
}

/**
 * Whether every end of a transaction bumps the epoch of the producer (transactions v2, KIP-890).
 */
export function bumpsEpoch(transactionVersion: number): boolean {
  return transactionVersion >= 2
}
