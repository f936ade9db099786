const THREADS = 'log.cleaner.threads'
const DEDUPE_BUFFER_SIZE = 'log.cleaner.dedupe.buffer.size'
const MIN_BYTES_PER_THREAD = 1024 * 1024

/**
 * Returns the error if a broker's cleaner configs do not fit together: every thread of the log
 * cleaner needs memory for its keys (Kafka's `KafkaConfig.validateValues`). `undefined` if they are
 * valid.
 *
 * @param valueOf returns the value that is set or preset
 */
export function wrongCleanerBuffer(valueOf: (name: string) => string): string | undefined {
  const threads = Number(valueOf(THREADS))
  // Kafka divides without a check.
  if (threads === 0) return '/ by zero'
  if (Math.floor(Number(valueOf(DEDUPE_BUFFER_SIZE)) / threads) > MIN_BYTES_PER_THREAD) return
  return `requirement failed: ${DEDUPE_BUFFER_SIZE} must be at least 1MB per cleaner thread.`
}

/**
 * Returns the error if a running broker cannot change to this number of threads (Kafka's
 * `LogCleaner.validateReconfiguration`).
 */
export function wrongCleanerThreads(
  configs: ReadonlyMap<string, string>,
  broker: { written(name: typeof THREADS): string | null },
): string | undefined {
  const written = configs.get(THREADS)
  if (written === undefined) return undefined
  const current = Number(broker.written(THREADS))
  const complain = (what: string) =>
    `Invalid value org.apache.kafka.common.config.ConfigException: Log cleaner threads cannot be ${what} the current value ${current} for configuration Invalid dynamic configuration`
  if (Number(written) < Math.floor(current / 2)) return complain('reduced to less than half')
  if (Number(written) > current * 2) return complain('increased to more than double')
  return undefined
}
