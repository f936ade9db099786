import { dirname, join } from 'node:path'
import { METADATA_TOPIC, partitionDirectoryName } from '../log/log-file-names.ts'
import { otherFirstBroker } from './start-errors.ts'
import type { Storage } from './storage.ts'

/**
 * Looks whether the data directory was made with the same first broker. With another one the controller would not find
 * the metadata log, and would start a new cluster beside the old one.
 *
 * @throws OdradekError `DATA_DIRECTORY_UNUSABLE` when the metadata log is in the directory of another broker only
 */
export function checkFirstBroker(storage: Storage, firstBrokerId: number): void {
  if (storage.isTemporary) return
  const logDirs = storage.directoriesOf(firstBrokerId)
  if (logDirs.some((logDir) => hasMetadataLog(storage, logDir))) return
  for (const dataDir of logDirs.map((logDir) => dirname(logDir))) {
    const other = brokersIn(storage, dataDir).find((id) =>
      hasMetadataLog(storage, join(dataDir, id)),
    )
    if (other !== undefined) throw otherFirstBroker(dataDir, Number(other), firstBrokerId)
  }
}

function hasMetadataLog({ fileSystem }: Storage, logDir: string): boolean {
  return fileSystem.exists(join(logDir, partitionDirectoryName(METADATA_TOPIC, 0)))
}

/** The names of the brokers' directories; none where it cannot be listed, which opening it reports. */
function brokersIn({ fileSystem }: Storage, dataDir: string): string[] {
  try {
    return fileSystem.list(dataDir).filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}
