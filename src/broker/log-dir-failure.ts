import { METADATA_TOPIC } from '../log/log-file-names.ts'
import type { LogDirFailure } from '../log/log-manager-types.ts'
import type { BrokerServices } from './broker-services.ts'

/**
 * Takes the partitions of a failed log directory offline (Kafka's `handleLogDirFailure`).
 *
 * @param shutDown called with the reason if the broker cannot continue without the directory
 */
export function handleLogDirFailure(
  { path, directoryId, reason, logs, wasLast }: LogDirFailure,
  { brokerId, replicas, logger, controller }: BrokerServices,
  shutDown: (reason: string) => void,
): void {
  const fields = { broker: brokerId, logDir: path, reason }
  replicas.handleLogDirFailure(logs)
  const holdsMetadata = logs.some(({ topic }) => topic === METADATA_TOPIC)
  if (!wasLast && !holdsMetadata) {
    logger.error(fields, 'Log directory failed: its partitions are offline')
    void controller.handleDirectoriesOffline(brokerId, [directoryId])
    return
  }
  const cause = wasLast
    ? 'all log directories have failed'
    : 'the directory of the metadata log has failed'
  logger.error(fields, `Shutting down, because ${cause}`)
  shutDown(`${path} has failed: ${reason}`)
}
