import { dirname } from 'node:path'
import { otherFirstBroker } from './start-errors.ts'
import type { Storage } from './storage.ts'
import { hasMetadataLog, storedBrokerIds } from './stored-metadata-logs.ts'

/**
 * Checks that the data directory was created with the same first broker. With a higher one, brokers
 * would be missing; with a lower one, a broker without data would be added.
 *
 * @throws OdradekError `DATA_DIRECTORY_UNUSABLE` if the first broker with a copy of the metadata
 * log is another one
 */
export function checkFirstBroker(storage: Storage, firstBrokerId: number): void {
  if (storage.isTemporary) return
  const ids = storedBrokerIds(storage, firstBrokerId).sort((a, b) => a - b)
  const made = ids.find((id) => hasMetadataLog(storage, id))
  if (made === undefined || made === firstBrokerId) return
  throw otherFirstBroker(dirname(storage.directoriesOf(made)[0]!), made, firstBrokerId)
}
