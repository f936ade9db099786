/**
 * The configs of a broker's cleaner (Kafka's `CleanerConfig`). Read at each use, so they may be
 * getters. A running cleaning keeps its values.
 */
export interface CleanerConfig {
  /** Whether the cleaner runs in the background (`log.cleaner.enable`). */
  readonly isEnabled: boolean
  /** The number of logs that are cleaned concurrently; 0 for none (`log.cleaner.threads`). */
  readonly threads: number
  /** The size of all threads' key maps in bytes (`log.cleaner.dedupe.buffer.size`). */
  readonly dedupeBufferBytes: number
  /** The size of all threads' write buffers in bytes (`log.cleaner.io.buffer.size`). */
  readonly ioBufferBytes: number
  /** The maximum load of a key map, from 0 to 1 (`log.cleaner.io.buffer.load.factor`). */
  readonly loadFactor: number
  /** The read and write rate of all threads together (`log.cleaner.io.max.bytes.per.second`). */
  readonly maxBytesPerSecond: number
  /** The pause when there is nothing to clean, in milliseconds (`log.cleaner.backoff.ms`). */
  readonly backoffMs: number
}

/** Kafka's defaults. */
export const defaultCleanerConfig: CleanerConfig = {
  isEnabled: true,
  threads: 1,
  dedupeBufferBytes: 128 * 1024 * 1024,
  ioBufferBytes: 512 * 1024,
  loadFactor: 0.9,
  maxBytesPerSecond: Infinity,
  backoffMs: 15_000,
}
