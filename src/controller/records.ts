import type { Uuid } from '../platform/uuid.ts'
import {
  BrokerRegistrationChangeRecord,
  ProducerIdsRecord,
  RegisterBrokerRecord,
  UnregisterBrokerRecord,
} from '../protocol/internal/broker-records.ts'
import { FeatureLevelRecord, NoOpRecord } from '../protocol/internal/feature-records.ts'
import { encodeFramed } from '../protocol/internal/metadata-record.ts'
import {
  ClearElrRecord,
  ConfigRecord,
  PartitionChangeRecord,
  PartitionRecord,
  RemoveTopicRecord,
  TopicRecord,
} from '../protocol/internal/topic-records.ts'
import type { Encodable } from '../protocol/schema/index.ts'
import type { ConfigResource, PartitionRegistration } from './metadata-image.ts'

/** A record to write: its encoded value for the metadata log. */
export type NewRecord = Uint8Array

/** Returns the record of a new topic. */
export function topicRecord(name: string, topicId: Uuid): NewRecord {
  return encodeFramed(TopicRecord, 0, { name, topicId })
}

/** Returns the record that deletes a topic, its partitions and its configs. */
export function removeTopicRecord(topicId: Uuid): NewRecord {
  return encodeFramed(RemoveTopicRecord, 0, { topicId })
}

/** Returns the record of a new partition. */
export function partitionRecord(topicId: Uuid, partition: PartitionRegistration): NewRecord {
  return encodeFramed(PartitionRecord, 2, {
    partitionId: partition.partition,
    topicId,
    replicas: [...partition.replicas],
    isr: [...partition.isr],
    removingReplicas: [...partition.removingReplicas],
    addingReplicas: [...partition.addingReplicas],
    leader: partition.leader,
    leaderRecoveryState: partition.leaderRecoveryState,
    leaderEpoch: partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch,
    directories: [...partition.directories],
  })
}

/** Returns the record with changed fields of a partition. */
export function partitionChangeRecord(change: Encodable<typeof PartitionChangeRecord>): NewRecord {
  return encodeFramed(PartitionChangeRecord, 2, change)
}

/** Returns the record that sets a config of a resource, or removes it with `null`. */
export function configRecord(
  resource: ConfigResource,
  name: string,
  value: string | null,
): NewRecord {
  return encodeFramed(ConfigRecord, 0, {
    resourceType: resource.type,
    resourceName: resource.name,
    name,
    value,
  })
}

/** Returns the record that clears eligible leader replicas. An empty name means all topics. */
export function clearElrRecord(topicName: string): NewRecord {
  return encodeFramed(ClearElrRecord, 0, { topicName })
}

/** Returns the record that finalizes a feature at a level. */
export function featureLevelRecord(name: string, featureLevel: number): NewRecord {
  return encodeFramed(FeatureLevelRecord, 0, { name, featureLevel })
}

/** Returns a record without content. */
export function noOpRecord(): NewRecord {
  return encodeFramed(NoOpRecord, 0, {})
}

/** Returns the record of a new block of producer ids, which ends below the next one. */
export function producerIdsRecord(
  brokerId: number,
  brokerEpoch: number,
  nextProducerId: number,
): NewRecord {
  return encodeFramed(ProducerIdsRecord, 0, { brokerId, brokerEpoch, nextProducerId })
}

/** Returns the record that registers a broker, or its new incarnation. */
export function registerBrokerRecord(
  registration: Encodable<typeof RegisterBrokerRecord>,
): NewRecord {
  return encodeFramed(RegisterBrokerRecord, 4, registration)
}

/** Returns the record that removes a broker. */
export function unregisterBrokerRecord(brokerId: number, brokerEpoch: number): NewRecord {
  return encodeFramed(UnregisterBrokerRecord, 0, { brokerId, brokerEpoch })
}

/** Returns the record with the online log directories of a broker. */
export function onlineDirectoriesRecord(
  brokerId: number,
  brokerEpoch: number,
  logDirs: readonly Uuid[],
): NewRecord {
  const change = { brokerId, brokerEpoch, fenced: 0, inControlledShutdown: 0 }
  return encodeFramed(BrokerRegistrationChangeRecord, 2, { ...change, logDirs: [...logDirs] })
}

/** Returns the record with the cordoned log directories of a broker. */
export function cordonedDirectoriesRecord(
  brokerId: number,
  brokerEpoch: number,
  directories: readonly Uuid[],
): NewRecord {
  const unchanged = { fenced: 0, inControlledShutdown: 0, logDirs: [] }
  const change = { brokerId, brokerEpoch, ...unchanged, cordonedLogDirs: [...directories] }
  return encodeFramed(BrokerRegistrationChangeRecord, 3, change)
}

/** Returns the record that starts a broker's controlled shutdown. */
export function controlledShutdownRecord(brokerId: number, brokerEpoch: number): NewRecord {
  const change = { brokerId, brokerEpoch, fenced: 0, inControlledShutdown: 1 }
  return encodeFramed(BrokerRegistrationChangeRecord, 1, { ...change, logDirs: [] })
}

/**
 * Returns the record that fences or unfences a broker. Kafka writes 1 for fenced and -1 for
 * unfenced.
 */
export function fencingRecord(brokerId: number, brokerEpoch: number, fenced: boolean): NewRecord {
  const change = { brokerId, brokerEpoch, fenced: fenced ? 1 : -1, inControlledShutdown: 0 }
  return encodeFramed(BrokerRegistrationChangeRecord, 0, { ...change, logDirs: [] })
}
