import type { BrokerConfig } from '../../controller/broker-config.ts'

/** The broker configs of the share coordinator. Times in milliseconds. */
export interface ShareCoordinatorConfig {
  /** `share.coordinator.snapshot.update.records.per.snapshot`, default 500. */
  readonly updatesPerSnapshot: number
  /** `share.coordinator.state.topic.prune.interval.ms`, default 5 minutes. */
  readonly pruneIntervalMs: number
  /** `share.coordinator.cold.partition.snapshot.interval.ms`, default 5 minutes. */
  readonly coldSnapshotIntervalMs: number
  /** `share.coordinator.write.timeout.ms`, default 5 seconds. */
  readonly commitTimeoutMs: number
}

/** Returns the share coordinator's configs from the broker's. */
export function readShareCoordinatorConfig(
  config: Pick<BrokerConfig, 'number'>,
): ShareCoordinatorConfig {
  return {
    updatesPerSnapshot: config.number('share.coordinator.snapshot.update.records.per.snapshot'),
    pruneIntervalMs: config.number('share.coordinator.state.topic.prune.interval.ms'),
    coldSnapshotIntervalMs: config.number('share.coordinator.cold.partition.snapshot.interval.ms'),
    commitTimeoutMs: config.number('share.coordinator.write.timeout.ms'),
  }
}
