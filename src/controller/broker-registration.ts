import type { Random } from '../platform/random.ts'
import { randomUuid } from '../platform/uuid.ts'
import { isInOnlineDirectory } from './directory-id.ts'
import { supportedFeatures } from './features.ts'
import type { MetadataImage, PartitionRegistration } from './metadata-image.ts'
import { NO_LEADER } from './metadata-image.ts'
import type { BrokerRegistrationRequest } from './operations.ts'
import { fencingRecord, partitionChangeRecord, registerBrokerRecord } from './records.ts'
import type { NewRecord } from './records.ts'

/**
 * Records that register a broker and put it in service; partitions that had nobody to lead them go to it where it
 * was the last to be in sync, and has the directory.
 *
 * @param brokerEpoch the offset of the first of these records
 */
export function registrationRecords(
  image: MetadataImage,
  random: Random,
  request: BrokerRegistrationRequest,
  brokerEpoch: number,
): NewRecord[] {
  const { id } = request
  const register = registerBrokerRecord({
    brokerId: id,
    incarnationId: randomUuid(random),
    brokerEpoch,
    endPoints: request.endpoints.map((endpoint) => ({ ...endpoint })),
    features: [...supportedFeatures].map(([name, { min, max }]) => ({
      name,
      minSupportedVersion: min,
      maxSupportedVersion: max,
    })),
    rack: request.rack,
    fenced: true,
    logDirs: [...request.logDirs],
  })
  const elections: NewRecord[] = []
  for (const topic of image.topics.values()) {
    for (const partition of topic.partitions) {
      const { leader, isr, elr } = partition
      if (leader !== NO_LEADER || !(isr.includes(id) || elr.includes(id))) continue
      if (!isInOnlineDirectory(partition, request)) continue
      const elected = { isr: [id], leader: id, eligibleLeaderReplicas: [], lastKnownElr: [] }
      const partitionId = partition.partition
      elections.push(partitionChangeRecord({ partitionId, topicId: topic.id, ...elected }))
    }
  }
  return [register, fencingRecord(id, brokerEpoch, false), ...elections]
}

/**
 * Records that take brokers out of service, all at once: they leave the in-sync replicas, and what they led goes to
 * the next of those. Where none is left, the leader stays eligible (KIP-966), because it has every record, and the
 * partition has no leader until it is back.
 */
export function fencingRecords(image: MetadataImage, brokerIds: readonly number[]): NewRecord[] {
  const leaving = brokerIds.filter((id) => image.isAlive(id))
  const records: NewRecord[] = []
  for (const topic of image.topics.values()) {
    for (const partition of topic.partitions) {
      if (!partition.isr.some((id) => leaving.includes(id))) continue
      const change = withoutReplicas(partition, leaving, image)
      records.push(partitionChangeRecord({ topicId: topic.id, ...change }))
    }
  }
  for (const id of leaving) records.push(fencingRecord(id, image.brokers.get(id)!.epoch, true))
  return records
}

/** What the partition becomes when brokers leave its in-sync replicas. */
export function withoutReplicas(
  registration: PartitionRegistration,
  leaving: readonly number[],
  image: MetadataImage,
) {
  const { partition, replicas, leader, isr } = registration
  const remaining = isr.filter((id) => !leaving.includes(id))
  const canLead = (id: number) => remaining.includes(id) && image.isReplicaOnline(registration, id)
  const eligible = [leader === NO_LEADER ? isr.at(-1)! : leader]
  return {
    partitionId: partition,
    isr: remaining,
    ...(leaving.includes(leader) ? { leader: replicas.find(canLead) ?? NO_LEADER } : {}),
    ...(remaining.length === 0 ? { eligibleLeaderReplicas: eligible, lastKnownElr: eligible } : {}),
  }
}
