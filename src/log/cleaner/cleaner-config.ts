/**
 * What the cleaner of a broker obeys (Kafka's `CleanerConfig`). Read whenever it is used, so that it may consist of getters; a cleaning
 * that is on its way goes on as it began.
 */
export interface CleanerConfig {
  /** Whether logs are cleaned by themselves (`log.cleaner.enable`). */
  readonly isEnabled: boolean
  /** How many logs are cleaned at a time, in turn; 0 for none (`log.cleaner.threads`). */
  readonly threads: number
  /** What the key maps of all threads may take, in bytes (`log.cleaner.dedupe.buffer.size`). */
  readonly dedupeBufferBytes: number
  /** What is gathered for writing by all threads, in bytes (`log.cleaner.io.buffer.size`). */
  readonly ioBufferBytes: number
  /** How full a key map may get, from 0 to 1 (`log.cleaner.io.buffer.load.factor`). */
  readonly loadFactor: number
  /** What all threads together may read and write (`log.cleaner.io.max.bytes.per.second`). */
  readonly maxBytesPerSecond: number
  /** How long to wait where nothing was to be cleaned, in milliseconds (`log.cleaner.backoff.ms`). */
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
