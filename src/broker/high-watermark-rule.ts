import type { Log } from '../log/log.ts'

/**
 * Returns the offset up to which the records of a partition are committed, from its leader's view.
 */
export type HighWatermarkRule = (log: Log) => number

/** With a single replica, a record is committed when it is as durable as the cluster requires. */
export const durableEnd: HighWatermarkRule = (log) => log.durability.durableOffset
