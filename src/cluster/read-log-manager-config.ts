import type { BrokerConfig } from '../controller/broker-config.ts'
import type { CleanerConfig } from '../log/cleaner/cleaner-config.ts'
import type { LogManagerConfig } from '../log/log-manager-config.ts'

/**
 * Returns the configs of the broker's logs.
 *
 * @param configOf returns the current configs of the broker: before the metadata log is read, those
 * of the start
 */
export function readLogManagerConfig(configOf: () => BrokerConfig): LogManagerConfig {
  return {
    get retentionCheckIntervalMs() {
      return configOf().number('log.retention.check.interval.ms')
    },
    get flushSchedulerIntervalMs() {
      return configOf().number('log.flush.scheduler.interval.ms')
    },
    get recoveryPointCheckpointIntervalMs() {
      return configOf().number('log.flush.offset.checkpoint.interval.ms')
    },
    get logStartOffsetCheckpointIntervalMs() {
      return configOf().number('log.flush.start.offset.checkpoint.interval.ms')
    },
    get highWatermarkCheckpointIntervalMs() {
      return configOf().number('replica.high.watermark.checkpoint.interval.ms')
    },
    get initialTaskDelayMs() {
      return configOf().number('log.initial.task.delay.ms')
    },
    get producerIdExpirationMs() {
      return configOf().number('producer.id.expiration.ms')
    },
    get producerIdExpirationCheckIntervalMs() {
      return configOf().number('producer.id.expiration.check.interval.ms')
    },
    get verifiesTransactions() {
      return configOf().boolean('transaction.partition.verification.enable')
    },
    get fileDeleteDelayMs() {
      return configOf().number('log.segment.delete.delay.ms')
    },
    get cordonedLogDirs() {
      return configOf().list('cordoned.log.dirs')
    },
    cleaner: cleanerConfig(configOf),
  }
}

function cleanerConfig(configOf: () => BrokerConfig): CleanerConfig {
  return {
    get isEnabled() {
      return configOf().boolean('log.cleaner.enable')
    },
    get threads() {
      return configOf().number('log.cleaner.threads')
    },
    get dedupeBufferBytes() {
      return configOf().number('log.cleaner.dedupe.buffer.size')
    },
    get ioBufferBytes() {
      return configOf().number('log.cleaner.io.buffer.size')
    },
    get loadFactor() {
      return configOf().number('log.cleaner.io.buffer.load.factor')
    },
    get maxBytesPerSecond() {
      return configOf().number('log.cleaner.io.max.bytes.per.second')
    },
    get backoffMs() {
      return configOf().number('log.cleaner.backoff.ms')
    },
  }
}
