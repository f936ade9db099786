import type { BrokerConfig } from '../controller/broker-config.ts'
import type { LogManagerConfig } from '../log/log-manager-config.ts'

/**
 * What the broker's configs say of its logs.
 *
 * @param configOf the broker's configs as they are known at the moment: before the metadata log has been read, those
 * that it was started with
 */
export function logManagerConfig(configOf: () => BrokerConfig): LogManagerConfig {
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
    get fileDeleteDelayMs() {
      return configOf().number('log.segment.delete.delay.ms')
    },
  }
}
