import { invariant } from '../platform/invariant.ts'
import type { Decoded } from '../protocol/schema/index.ts'
import type {
  BrokerRegistrationChangeRecord,
  RegisterBrokerRecord,
} from '../protocol/internal/broker-records.ts'
import type { MetadataRecord } from '../protocol/internal/cluster-metadata.ts'
import type { PartitionChangeRecord, PartitionRecord } from '../protocol/internal/topic-records.ts'
import { ConfigResourceType } from '../protocol/config-resource.ts'
import type { LiveMetadataImage } from './live-metadata-image.ts'
import { GrowingMetadataDelta } from './metadata-delta.ts'
import type { BrokerRegistration, MetadataDelta } from './metadata-image.ts'
import { mergeChange } from './partitions/merge-change.ts'

/** Applies the records of one batch to the image and returns the changes. */
export function applyBatch(
  image: LiveMetadataImage,
  records: readonly MetadataRecord[],
  lastOffset: number,
): MetadataDelta {
  invariant(lastOffset > image.lastOffset, 'batches of the metadata log are applied in order')
  const delta = new GrowingMetadataDelta(lastOffset)
  for (const record of records) applyRecord(image, delta, record)
  delta.finish(image)
  image.lastOffset = lastOffset
  return delta
}

/**
 * Applies one record of the metadata log to the image, and adds its changes to the delta (Kafka's
 * `MetadataDelta.replay`). Records of ACLs, users, quotas and tokens, which are not emulated, have
 * no effect.
 */
function applyRecord(
  image: LiveMetadataImage,
  delta: GrowingMetadataDelta,
  entry: MetadataRecord,
): void {
  switch (entry.name) {
    case 'TopicRecord': {
      const { name, topicId } = entry.record
      delta.topic(image, { name, id: topicId, partitions: [] })
      return
    }
    case 'RemoveTopicRecord':
      return removeTopic(image, delta, entry.record.topicId)
    case 'PartitionRecord':
      return addPartition(image, delta, entry.record)
    case 'PartitionChangeRecord':
      return changePartition(image, delta, entry.record)
    case 'ClearElrRecord':
      return clearElr(image, delta, entry.record.topicName)
    case 'ConfigRecord': {
      const { resourceType, resourceName, name, value } = entry.record
      const resource = { type: resourceType as ConfigResourceType, name: resourceName }
      image.setConfig(resource, name, value)
      delta.configChanged(resource)
      return
    }
    case 'FeatureLevelRecord': {
      const { name, featureLevel } = entry.record
      if (featureLevel === 0) image.features.delete(name)
      else image.features.set(name, featureLevel)
      delta.featureChanged()
      return
    }
    case 'ProducerIdsRecord':
      image.nextProducerId = entry.record.nextProducerId
      delta.nextProducerId = entry.record.nextProducerId
      return
    case 'RegisterBrokerRecord':
      return setBroker(image, delta, brokerOf(entry.record))
    case 'UnregisterBrokerRecord':
      image.removeBroker(entry.record.brokerId)
      delta.changedBrokers.set(entry.record.brokerId, undefined)
      return
    case 'BrokerRegistrationChangeRecord':
      return changeBroker(image, delta, entry.record)
    case 'FenceBrokerRecord':
      return fence(image, delta, entry.record.id, true)
    case 'UnfenceBrokerRecord':
      return fence(image, delta, entry.record.id, false)
    case 'NoOpRecord':
    case 'BeginTransactionRecord':
    case 'EndTransactionRecord':
    case 'AbortTransactionRecord':
    case 'ZkMigrationStateRecord':
    case 'RegisterControllerRecord':
    case 'UnregisterControllerRecord':
    case 'AccessControlEntryRecord':
    case 'RemoveAccessControlEntryRecord':
    case 'ClientQuotaRecord':
    case 'DelegationTokenRecord':
    case 'RemoveDelegationTokenRecord':
    case 'UserScramCredentialRecord':
    case 'RemoveUserScramCredentialRecord':
      return
  }
}

function removeTopic(image: LiveMetadataImage, delta: GrowingMetadataDelta, id: string): void {
  const topic = image.topicsById.get(id)
  if (topic === undefined) return
  image.removeTopic(topic)
  image.removeConfigs({ type: ConfigResourceType.Topic, name: topic.name })
  delta.changedTopics.delete(topic.name)
  delta.deletedTopics.set(topic.name, topic)
}

function addPartition(
  image: LiveMetadataImage,
  delta: GrowingMetadataDelta,
  record: Decoded<typeof PartitionRecord>,
): void {
  const topic = image.topicsById.get(record.topicId)
  if (topic === undefined) return
  delta.topic(image, topic).partitions[record.partitionId] = {
    partition: record.partitionId,
    // Copies have the exact size; the decoder's arrays have spare capacity, thousands of times.
    replicas: [...record.replicas],
    directories: [...record.directories],
    isr: [...record.isr],
    removingReplicas: record.removingReplicas,
    addingReplicas: record.addingReplicas,
    elr: record.eligibleLeaderReplicas ?? [],
    lastKnownElr: record.lastKnownElr ?? [],
    leader: record.leader,
    leaderRecoveryState: record.leaderRecoveryState,
    leaderEpoch: record.leaderEpoch,
    partitionEpoch: record.partitionEpoch,
  }
}

function changePartition(
  image: LiveMetadataImage,
  delta: GrowingMetadataDelta,
  record: Decoded<typeof PartitionChangeRecord>,
): void {
  const topic = image.topicsById.get(record.topicId)
  const before = topic?.partitions[record.partitionId]
  if (topic === undefined || before === undefined) return
  delta.topic(image, topic).partitions[record.partitionId] = mergeChange(before, record)
}

/** An empty name means all topics. */
function clearElr(image: LiveMetadataImage, delta: GrowingMetadataDelta, name: string): void {
  for (const topic of image.topics.values()) {
    if (name !== '' && topic.name !== name) continue
    for (const partition of topic.partitions) {
      if (partition.elr.length === 0 && partition.lastKnownElr.length === 0) continue
      const cleared = { ...partition, elr: [], lastKnownElr: [] }
      delta.topic(image, topic).partitions[partition.partition] = cleared
    }
  }
}

function brokerOf(record: Decoded<typeof RegisterBrokerRecord>): BrokerRegistration {
  return {
    id: record.brokerId,
    epoch: record.brokerEpoch,
    incarnationId: record.incarnationId,
    endpoints: record.endPoints,
    features: new Map(
      record.features.map((feature) => [
        feature.name,
        { min: feature.minSupportedVersion, max: feature.maxSupportedVersion },
      ]),
    ),
    rack: record.rack,
    fenced: record.fenced,
    inControlledShutdown: record.inControlledShutdown,
    logDirs: record.logDirs,
    cordonedLogDirs: record.cordonedLogDirs ?? [],
  }
}

function changeBroker(
  image: LiveMetadataImage,
  delta: GrowingMetadataDelta,
  record: Decoded<typeof BrokerRegistrationChangeRecord>,
): void {
  const broker = image.brokers.get(record.brokerId)
  if (broker === undefined) return
  setBroker(image, delta, {
    ...broker,
    fenced: record.fenced === 0 ? broker.fenced : record.fenced === 1,
    inControlledShutdown:
      record.inControlledShutdown === 0
        ? broker.inControlledShutdown
        : record.inControlledShutdown === 1,
    logDirs: record.logDirs.length === 0 ? broker.logDirs : record.logDirs,
    cordonedLogDirs: record.cordonedLogDirs ?? broker.cordonedLogDirs,
  })
}

function fence(
  image: LiveMetadataImage,
  delta: GrowingMetadataDelta,
  brokerId: number,
  fenced: boolean,
): void {
  const broker = image.brokers.get(brokerId)
  if (broker === undefined) return
  setBroker(image, delta, { ...broker, fenced })
}

function setBroker(
  image: LiveMetadataImage,
  delta: GrowingMetadataDelta,
  broker: BrokerRegistration,
): void {
  image.setBroker(broker)
  delta.changedBrokers.set(broker.id, broker)
}
