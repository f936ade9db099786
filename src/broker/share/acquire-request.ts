/** How a member acquires records (KIP-1206), by the id in a ShareFetch. */
export const AcquireMode = {
  /** Whole batches, so that more than the maximum number of records may be acquired. */
  BatchOptimized: 0,
  /** At most the maximum number of records. */
  RecordLimit: 1,
} as const
export type AcquireMode = (typeof AcquireMode)[keyof typeof AcquireMode]

/** The limits of an acquisition of a member. */
export interface AcquireRequest {
  readonly memberId: string
  readonly mode: AcquireMode
  /** The most records in one element of the response. */
  readonly batchSize: number
  readonly maxRecords: number
  /** The offset at which the log was read. */
  readonly fetchOffset: number
}
