import type { Log } from '../log/log.ts'

/** Returns the offset up to which the records of a partition are committed, as its leader sees it. */
export type HighWatermarkRule = (log: Log) => number

/** With a single replica a record is committed when it is as durable as the cluster asks for. */
export const durableEnd: HighWatermarkRule = (log) => log.durableOffset
