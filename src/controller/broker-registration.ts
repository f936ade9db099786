import type { Random } from '../platform/random.ts'
import { randomUuid } from '../platform/uuid.ts'
import { supportedFeatures } from './features.ts'
import type { MetadataImage } from './metadata-image.ts'
import { NO_LEADER } from './metadata-image.ts'
import type { BrokerRegistrationRequest } from './operations.ts'
import { fencingRecord, partitionChangeRecord, registerBrokerRecord } from './records.ts'
import type { NewRecord } from './records.ts'

/**
 * Records that register a broker and put it in service; partitions that had nobody to lead them go to it where it
 * was the last to be in sync.
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
    for (const { partition, leader, isr, elr } of topic.partitions) {
      if (leader !== NO_LEADER || !(isr.includes(id) || elr.includes(id))) continue
      const elected = { isr: [id], leader: id, eligibleLeaderReplicas: [], lastKnownElr: [] }
      elections.push(
        partitionChangeRecord({ partitionId: partition, topicId: topic.id, ...elected }),
      )
    }
  }
  return [register, fencingRecord(id, brokerEpoch, false), ...elections]
}

/**
 * Records that take a broker out of service: it leaves the in-sync replicas, and what it led goes to the next of
 * them. The last one in sync stays eligible (KIP-966), and its partition has no leader until it is back.
 */
export function fencingRecords(image: MetadataImage, brokerId: number): NewRecord[] {
  const broker = image.brokers.get(brokerId)
  if (broker === undefined || broker.fenced) return []
  const records: NewRecord[] = []
  for (const topic of image.topics.values()) {
    for (const { partition, replicas, leader, isr } of topic.partitions) {
      if (!isr.includes(brokerId)) continue
      const remaining = isr.filter((id) => id !== brokerId)
      const candidates = replicas.filter((id) => remaining.includes(id) && image.isAlive(id))
      records.push(
        partitionChangeRecord({
          partitionId: partition,
          topicId: topic.id,
          isr: remaining,
          ...(leader === brokerId ? { leader: candidates[0] ?? NO_LEADER } : {}),
          ...(remaining.length === 0
            ? { eligibleLeaderReplicas: [brokerId], lastKnownElr: [brokerId] }
            : {}),
        }),
      )
    }
  }
  return [...records, fencingRecord(brokerId, broker.epoch, true)]
}
