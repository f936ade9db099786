import type { AppendOptions } from '../../log/log-types.ts'
import type { ApiError } from '../../protocol/api-error.ts'

/** The properties of a batch of a transaction. */
export type TransactionalAppend = Pick<AppendOptions, 'verificationGuard' | 'transactionVersion'>

/**
 * A partition of a coordinator's internal topic, on the broker that leads it. The runtime gets it
 * when the broker becomes its leader, and is notified when the broker resigns.
 */
export interface InternalPartition {
  /** The index of the partition in its topic. */
  readonly index: number
  /** The current leader epoch. */
  readonly leaderEpoch: number
  /**
   * Appends one batch. Returns the offset after its last record, or the error if nothing was
   * appended.
   */
  append(batch: Uint8Array, options?: TransactionalAppend): number | ApiError
  /**
   * Returns `undefined` if all records below `offset` are committed. Otherwise returns a promise:
   * true when they are, false if this broker can no longer commit them.
   */
  committed(offset: number): Promise<boolean> | undefined
  /** Deletes all records below an offset. Returns the error if none was deleted. */
  deleteRecordsBefore(offset: number): ApiError | undefined
  /** Returns the whole log in order, in slices of whole batches. */
  read(): Iterable<Uint8Array>
}
