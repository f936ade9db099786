import type { VerificationGuard } from '../../log/producer/verification-guard.ts'
import type { ApiError } from '../../protocol/api-error.ts'
import type { Outcome } from './outcome.ts'

/** In place of a producer id: the record does not belong to a transaction. */
export const NO_PRODUCER_ID = -1

/**
 * The state of a coordinator in one partition of its topic (Kafka's `CoordinatorShard`). Only these
 * methods change it.
 */
export interface CoordinatorShard<R> {
  /**
   * Applies a record, which was just appended or is read while the partition is loaded.
   *
   * @param offset the offset of the record
   * @param producerId the producer of the record's transaction, or {@link NO_PRODUCER_ID}
   */
  replay(record: R, offset: number, producerId: number): void
  /** Applies the marker that ends the open transaction of a producer. */
  replayEndTransaction(producerId: number, isCommitted: boolean): void
  /** Called when all records of an append have been replayed; not while the partition is loaded. */
  onAppended?(): void
  /** Called when the whole log has been replayed. Requests and timers may follow. */
  onLoaded(): void
  /**
   * Called when this broker no longer leads the partition. Stops all timers and answers all waiting
   * requests.
   */
  onUnloaded(): void
}

/** Encodes the records of a coordinator as keys and values of its topic, and decodes them. */
export interface RecordSerde<R> {
  encode(record: R): EncodedRecord
  /** Returns `undefined` for an unknown type, which loading skips as Kafka does. */
  decode(key: Uint8Array, value: Uint8Array | null): R | undefined
}

/** A stored record; without a value it is a tombstone. */
export interface EncodedRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

/** The result of a handler: records, and the response to send when they are committed. */
export interface Decision<R, T> {
  readonly records: readonly R[]
  readonly response: T
}

/**
 * Appends to a partition for its shard, which may have to write when a timer fires or during a
 * request.
 */
export interface RecordWriter<R> {
  /** Appends the records as one batch and replays them. Returns an error if nothing has changed. */
  append(records: readonly R[]): ApiError | undefined
  /** Appends records that need not take effect together, in as few batches as their size allows. */
  appendSeparately(records: readonly R[]): ApiError | undefined
  /**
   * Returns the response when everything written so far is committed. Usually it already is: then
   * there is no promise.
   */
  whenCommitted<T>(response: T): Outcome<T>
}

/** The producer of a transaction. */
export interface TransactionalProducer {
  readonly producerId: number
  readonly producerEpoch: number
  /** The guard of its verified first write; default none. */
  readonly verificationGuard?: VerificationGuard | undefined
}
