import type { Random } from '../platform/random.ts'
import { randomUuid } from '../platform/uuid.ts'
import { isInOnlineDirectory } from './directory-id.ts'
import { supportedFeatures } from './features.ts'
import type { MetadataImage, PartitionRegistration } from './metadata-image.ts'
import { NO_LEADER } from './metadata-image.ts'
import type { BrokerRegistrationRequest } from './operations.ts'
import {
  controlledShutdownRecord,
  fencingRecord,
  partitionChangeRecord,
  registerBrokerRecord,
} from './records.ts'
import type { NewRecord } from './records.ts'

/**
 * Returns the records that register a broker, which stays fenced. A broker that did not stop
 * cleanly leaves the in-sync replicas first.
 *
 * @param brokerEpoch the offset of the first of these records
 */
export function registrationRecords(
  image: MetadataImage,
  random: Random,
  request: BrokerRegistrationRequest,
  brokerEpoch: number,
): NewRecord[] {
  const { id, hadCleanShutdown } = request
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
  const hadUncleanShutdown = image.brokers.has(id) && !hadCleanShutdown
  return hadUncleanShutdown ? [...departureRecords(image, [id], true), register] : [register]
}

/**
 * Returns the records that unfence a registered broker. It becomes the leader of partitions without
 * a leader if it was the last in-sync replica and has the directory. If it may have lost records
 * since (KIP-966), it leads as after an unclean election.
 */
export function unfencingRecords(image: MetadataImage, id: number): NewRecord[] {
  const broker = image.brokers.get(id)
  if (broker === undefined || !broker.fenced) return []
  const elections: NewRecord[] = []
  for (const topic of image.topics.values()) {
    for (const partition of topic.partitions) {
      if (partition.leader !== NO_LEADER || !isInOnlineDirectory(partition, broker)) continue
      const elected = election(partition, id)
      if (elected === undefined) continue
      const partitionId = partition.partition
      elections.push(partitionChangeRecord({ partitionId, topicId: topic.id, ...elected }))
    }
  }
  return [fencingRecord(id, broker.epoch, false), ...elections]
}

/**
 * Returns the change of a partition without a leader when a replica comes back; `undefined` if that
 * replica may not lead.
 */
function election({ isr, elr, lastKnownElr }: PartitionRegistration, id: number) {
  const elected = { isr: [id], leader: id, lastKnownElr: [] }
  if (isr.includes(id) || elr.includes(id)) return { ...elected, eligibleLeaderReplicas: [] }
  const isLastKnown = isr.length === 0 && elr.length === 0 && lastKnownElr[0] === id
  return isLastKnown ? { ...elected, leaderRecoveryState: RECOVERING } : undefined
}

/** A value of `leaderRecoveryState`: the leader may have lost records (KIP-704). */
const RECOVERING = 1

/**
 * Returns the records that start a broker's controlled shutdown: its partitions get other leaders.
 */
export function shutdownRecords(image: MetadataImage, id: number): NewRecord[] {
  const broker = image.brokers.get(id)
  if (broker === undefined || broker.fenced) return []
  return [controlledShutdownRecord(id, broker.epoch), ...departureRecords(image, [id])]
}

/** Returns the records that fence brokers, all at once. */
export function fencingRecords(image: MetadataImage, brokerIds: readonly number[]): NewRecord[] {
  const leaving = brokerIds.filter((id) => image.isAlive(id))
  const records = departureRecords(image, leaving)
  for (const id of leaving) records.push(fencingRecord(id, image.brokers.get(id)!.epoch, true))
  return records
}

/**
 * Returns the records with which brokers leave the in-sync replicas. Their partitions get the next
 * in-sync replica as leader. If there is none, the leader stays eligible (KIP-966), because it has
 * every record, and the partition has no leader until it is back.
 *
 * @param isUnclean whether they may have lost records, so that they are no longer eligible
 */
function departureRecords(
  image: MetadataImage,
  leaving: readonly number[],
  isUnclean = false,
): NewRecord[] {
  const records: NewRecord[] = []
  for (const topic of image.topics.values()) {
    for (const partition of topic.partitions) {
      const isInSync = partition.isr.some((id) => leaving.includes(id))
      const isEligible = partition.elr.some((id) => leaving.includes(id))
      if (!isInSync && !(isUnclean && isEligible)) continue
      const elr = partition.elr.filter((id) => !leaving.includes(id))
      const change = {
        partitionId: partition.partition,
        ...(isInSync ? withoutReplicas(partition, leaving, image) : {}),
        ...(isUnclean ? { eligibleLeaderReplicas: elr } : {}),
      }
      records.push(partitionChangeRecord({ topicId: topic.id, ...change }))
    }
  }
  return records
}

/** Returns the change of a partition when brokers leave its in-sync replicas. */
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
