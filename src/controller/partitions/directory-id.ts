import type { Uuid } from '../../platform/uuid.ts'
import type { BrokerRegistration, MetadataImage, PartitionRegistration } from '../metadata-image.ts'

/** Ids that are not ids of log directories (KIP-858, Kafka's `DirectoryId`). */
export const DirectoryId = {
  /** Unknown, as in records from before directories had ids. */
  Migrating: 'AAAAAAAAAAAAAAAAAAAAAA',
  /** The broker has not chosen a directory yet. */
  Unassigned: 'AAAAAAAAAAAAAAAAAAAAAQ',
  /** An offline directory whose id is unknown. */
  Lost: 'AAAAAAAAAAAAAAAAAAAAAg',
} as const

/** Whether it is the id of a directory, and not one of {@link DirectoryId}. */
export function isDirectory(id: Uuid): boolean {
  return id !== DirectoryId.Migrating && id !== DirectoryId.Unassigned && id !== DirectoryId.Lost
}

/** Returns the id of the directory in which a broker keeps its replica of the partition. */
export function directoryOf(
  { replicas, directories }: PartitionRegistration,
  brokerId: number,
): Uuid {
  return directories[replicas.indexOf(brokerId)] ?? DirectoryId.Migrating
}

/** Whether the broker's replica of the partition is in an online directory, as far as is known. */
export function isInOnlineDirectory(
  partition: PartitionRegistration,
  { id, logDirs }: Pick<BrokerRegistration, 'id' | 'logDirs'>,
): boolean {
  const directory = directoryOf(partition, id)
  switch (directory) {
    case DirectoryId.Migrating:
    case DirectoryId.Unassigned:
      return true
    case DirectoryId.Lost:
      return false
    default:
      return logDirs.length === 0 || logDirs.includes(directory)
  }
}

/**
 * Returns the directory of a new replica: the only one of its broker. A broker with several
 * directories chooses one itself.
 */
export function defaultDirectoryOf(
  { brokers }: Pick<MetadataImage, 'brokers'>,
  brokerId: number,
): Uuid {
  const logDirs = brokers.get(brokerId)?.logDirs
  if (logDirs?.length === 0) return DirectoryId.Migrating
  return logDirs?.length === 1 ? logDirs[0]! : DirectoryId.Unassigned
}
