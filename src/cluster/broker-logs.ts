import type { LogManagerConfig } from '../log/log-manager-config.ts'
import { LogManager } from '../log/log-manager.ts'
import { hasErrorCode } from '../platform/system-error.ts'
import type { Uuid } from '../platform/uuid.ts'
import type { ClusterEnvironment } from './environment.ts'
import { dataDirectoryError } from './start-errors.ts'

/** The options of {@link openBrokerLogs}. */
export interface BrokerLogsOptions {
  readonly brokerId: number
  readonly environment: ClusterEnvironment
  readonly clusterId: Uuid
  readonly durability: 'pageCache' | 'fsync'
  readonly config: LogManagerConfig
  readonly onUnusable: (path: string, reason: string) => void
  readonly onWarning: (message: string) => void
  readonly onInfo: (message: string) => void
}

/** The open log directories of one broker. */
export interface BrokerLogs {
  readonly logs: LogManager
  /** Closes all files as a clean shutdown does. */
  close(): Promise<void>
  /** Releases files and locks without writing, as when the process dies. */
  discard(): void
  /** Removes the directories that a failed start has created. */
  removeNew(): void
}

/**
 * Creates, locks and opens the log directories of a broker.
 *
 * @throws OdradekError `DATA_DIRECTORY_LOCKED` or `DATA_DIRECTORY_UNUSABLE`; created directories
 * are removed again
 */
export function openBrokerLogs(options: BrokerLogsOptions): BrokerLogs {
  const { brokerId, environment, clusterId, durability, config } = options
  const { onUnusable, onWarning, onInfo } = options
  const { clock, random, turn, storage } = environment
  const { fileSystem, isTemporary } = storage
  const logDirs = storage.directoriesOf(brokerId)
  const logs = new LogManager({
    logDirs,
    metadataLogDir: logDirs[0]!,
    fileSystem,
    clock,
    random,
    turn,
    brokerId,
    clusterId,
    temporary: isTemporary,
    durability,
    config,
    onUnusable,
    onWarning,
    onInfo,
  })
  const isNew = logDirs.filter((path) => !fileSystem.exists(path))
  const removeNew = (isOurs: (path: string) => boolean = () => true): void => {
    for (const path of isNew) if (fileSystem.exists(path) && isOurs(path)) fileSystem.remove(path)
  }
  try {
    logs.open()
  } catch (error) {
    // The holder of the lock may have created it meanwhile.
    const isEmpty = (path: string): boolean => fileSystem.list(path).length === 0
    removeNew(hasErrorCode(error, 'ELOCKED') ? isEmpty : undefined)
    throw dataDirectoryError(error, logDirs.join(', '))
  }
  return {
    logs,
    close: async () => {
      await logs.closeLogs()
      logs.close()
    },
    discard: () => logs.discard(),
    removeNew: () => removeNew(),
  }
}
