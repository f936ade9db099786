import type { Uuid } from '../platform/uuid.ts'
import type { MetadataImage, PartitionRegistration } from './metadata-image.ts'
import type { DirectoryAssignment } from './operations.ts'
import { directoryOf } from './partitions/directory-id.ts'
import { leaderChangeRecords } from './partitions/leader-changes.ts'
import { planChange } from './partitions/partition-change.ts'
import { rulesOf, type ClusterView } from './partitions/partition-rules.ts'
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
  view: ClusterView,
  brokerId: number,
  directories: readonly Uuid[],
): NewRecord[] {
  const broker = view.image.brokers.get(brokerId)
  if (broker === undefined) return []
  const online = broker.logDirs.filter((directory) => !directories.includes(directory))
  if (online.length === broker.logDirs.length) return []
  const isInThem = (partition: PartitionRegistration) =>
    partition.replicas.includes(brokerId) && directories.includes(directoryOf(partition, brokerId))
  const elections = leaderChangeRecords(view, { leaving: [brokerId] }, isInThem)
  return [...elections, onlineDirectoriesRecord(brokerId, broker.epoch, online)]
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
  view: ClusterView,
  brokerId: number,
  assignments: readonly DirectoryAssignment[],
): NewRecord[] {
  const records: NewRecord[] = []
  for (const { topicId, partition, directoryId } of assignments) {
    const topic = view.image.topicsById.get(topicId)
    const registration = topic?.partitions[partition]
    if (topic === undefined || registration?.replicas.includes(brokerId) !== true) continue
    const wanted = { directory: { brokerId, directoryId } }
    const change = planChange(registration, wanted, rulesOf(view, topic))
    if (change !== undefined) records.push(partitionChangeRecord({ topicId, ...change }))
  }
  return records
}
