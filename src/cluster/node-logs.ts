import type { BrokerConfig } from '../controller/broker-config.ts'
import type { ClusterEnvironment } from './environment.ts'
import { openBrokerLogs, type BrokerLogs } from './broker-logs.ts'
import { readLogManagerConfig } from './read-log-manager-config.ts'
import type { OpenedTopics } from './opened-topics.ts'
import { foreignDirectory } from './start-errors.ts'

/** The options of {@link openNodeLogs}. */
export interface NodeLogsOptions {
  readonly environment: ClusterEnvironment
  readonly opened: OpenedTopics | undefined
  readonly durability: 'pageCache' | 'fsync'
  readonly config: BrokerConfig
}

/**
 * Creates, locks and opens the log directories of a broker. Their problems are written to the
 * cluster's log.
 *
 * @param clusterId the cluster id of new directories
 * @param expected the cluster to which the directories must belong; default any
 * @throws OdradekError `DATA_DIRECTORY_LOCKED` or `DATA_DIRECTORY_UNUSABLE`
 */
export function openNodeLogs(
  brokerId: number,
  { environment, opened, durability, config }: NodeLogsOptions,
  clusterId: string,
  expected: string | undefined,
): BrokerLogs {
  const { logger, storage } = environment
  const brokerLogs = openBrokerLogs({
    brokerId,
    environment,
    clusterId,
    durability,
    config: readLogManagerConfig(() => config),
    onUnusable: (logDir, reason) =>
      logger.error(
        { broker: brokerId, logDir, reason },
        'Log directory cannot be used: its partitions are offline',
      ),
    onWarning: (message) =>
      logger.warn({ broker: brokerId }, opened?.withRealPaths(message) ?? message),
    onInfo: (message) => logger.info({ broker: brokerId }, message),
  })
  const owner = brokerLogs.logs.clusterId
  if (expected === undefined || owner === expected) return brokerLogs
  brokerLogs.discard()
  brokerLogs.removeNew()
  throw foreignDirectory(storage.directoriesOf(brokerId)[0]!, owner, expected)
}
