import type { Uuid } from '../platform/uuid.ts'
import { withoutReplicas } from './broker-registration.ts'
import { directoryOf } from './directory-id.ts'
import type { MetadataImage } from './metadata-image.ts'
import type { DirectoryAssignment } from './operations.ts'
import {
  cordonedDirectoriesRecord,
  onlineDirectoriesRecord,
  partitionChangeRecord,
} from './records.ts'
import type { NewRecord } from './records.ts'

/**
 * Returns the records that take log directories of a broker offline. Its replicas in them leave the
 * in-sync replicas, and the partitions that they led get new leaders (Kafka's
 * `ReplicationControlManager.handleDirectoriesOffline`).
 */
export function offlineDirectoryRecords(
  image: MetadataImage,
  brokerId: number,
  directories: readonly Uuid[],
): NewRecord[] {
  const broker = image.brokers.get(brokerId)
  if (broker === undefined) return []
  const online = broker.logDirs.filter((directory) => !directories.includes(directory))
  if (online.length === broker.logDirs.length) return []
  const records: NewRecord[] = []
  for (const topic of image.topics.values()) {
    for (const partition of topic.partitions) {
      if (!partition.isr.includes(brokerId)) continue
      if (!directories.includes(directoryOf(partition, brokerId))) continue
      const change = withoutReplicas(partition, [brokerId], image)
      records.push(partitionChangeRecord({ topicId: topic.id, ...change }))
    }
  }
  return [...records, onlineDirectoriesRecord(brokerId, broker.epoch, online)]
}

/**
 * Returns the record with the log directories of a broker that get no new replicas, if they have
 * changed.
 */
export function cordoningRecords(
  image: MetadataImage,
  brokerId: number,
  directories: readonly Uuid[],
): NewRecord[] {
  const broker = image.brokers.get(brokerId)
  if (broker === undefined || broker.cordonedLogDirs.join() === directories.join()) return []
  return [cordonedDirectoriesRecord(brokerId, broker.epoch, directories)]
}

/**
 * Returns the records with the directories in which a broker keeps its replicas (Kafka's
 * `handleAssignReplicasToDirs`).
 */
export function assignmentRecords(
  image: MetadataImage,
  brokerId: number,
  assignments: readonly DirectoryAssignment[],
): NewRecord[] {
  const records: NewRecord[] = []
  for (const { topicId, partition, directoryId } of assignments) {
    const registration = image.topicsById.get(topicId)?.partitions[partition]
    const replica = registration?.replicas.indexOf(brokerId) ?? -1
    if (registration === undefined || replica < 0) continue
    if (registration.directories[replica] === directoryId) continue
    const directories = registration.replicas.map((id) => directoryOf(registration, id))
    directories[replica] = directoryId
    records.push(partitionChangeRecord({ partitionId: partition, topicId, directories }))
  }
  return records
}
