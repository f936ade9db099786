import type { ApiError } from '../../protocol/api-error.ts'
import type { Outcome } from './outcome.ts'

/** In place of a producer id: the record belongs to no transaction. */
export const NO_PRODUCER_ID = -1

/** The state of a coordinator in one partition of its topic (Kafka's `CoordinatorShard`). Only these methods change it. */
export interface CoordinatorShard<R> {
  /**
   * Applies a record, which has just been appended or is read while the partition is loaded.
   *
   * @param offset of the record
   * @param producerId of the transaction that the record belongs to, else {@link NO_PRODUCER_ID}
   */
  replay(record: R, offset: number, producerId: number): void
  /** Applies the marker that ends the open transaction of a producer. */
  replayEndTransaction(producerId: number, isCommitted: boolean): void
  /** The whole log has been replayed: requests and timers may follow. */
  onLoaded(): void
  /** This broker no longer leads the partition: stops all timers and answers everything that waits. */
  onUnloaded(): void
}

/** Translates the records of a coordinator into keys and values of its topic, and back. */
export interface RecordSerde<R> {
  encode(record: R): EncodedRecord
  /** Returns `undefined` for a type that is not known, which loading skips as Kafka does. */
  decode(key: Uint8Array, value: Uint8Array | null): R | undefined
}

/** A record as it is stored; without a value it is a tombstone. */
export interface EncodedRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

/** What a handler decides: the records that make it true, and what the client is told once they are committed. */
export interface Decision<R, T> {
  readonly records: readonly R[]
  readonly response: T
}

/** Appends to a partition for its shard, which may have to write when a timer fires or in the middle of a request. */
export interface RecordWriter<R> {
  /** Appends the records as one batch and replays them. Returns why not when nothing has changed. */
  append(records: readonly R[]): ApiError | undefined
  /** Appends records that need not take effect together: in as few batches as their size allows. */
  appendSeparately(records: readonly R[]): ApiError | undefined
  /** Returns the response when all that was written so far is committed. Mostly it is: then there is no promise. */
  whenCommitted<T>(response: T): Outcome<T>
}

/** The producer of a transaction. */
export interface TransactionalProducer {
  readonly producerId: number
  readonly producerEpoch: number
}
