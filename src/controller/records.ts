import type { Uuid } from '../platform/uuid.ts'
import {
  BrokerRegistrationChangeRecord,
  ProducerIdsRecord,
  RegisterBrokerRecord,
} from '../protocol/internal/broker-records.ts'
import { FeatureLevelRecord } from '../protocol/internal/feature-records.ts'
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

/** A record about to be written: its encoded value, ready for the metadata log. */
export type NewRecord = Uint8Array

/** A topic is there. */
export function topicRecord(name: string, topicId: Uuid): NewRecord {
  return encodeFramed(TopicRecord, 0, { name, topicId })
}

/** A topic, its partitions and its configs are gone. */
export function removeTopicRecord(topicId: Uuid): NewRecord {
  return encodeFramed(RemoveTopicRecord, 0, { topicId })
}

/** A partition is there, laid out like this. */
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

/** What is named of a partition changes; the rest stays. */
export function partitionChangeRecord(change: Encodable<typeof PartitionChangeRecord>): NewRecord {
  return encodeFramed(PartitionChangeRecord, 2, change)
}

/** A config of a resource has a value, or with `null` none any more. */
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

/** An empty name stands for all topics. */
export function clearElrRecord(topicName: string): NewRecord {
  return encodeFramed(ClearElrRecord, 0, { topicName })
}

/** A feature is finalized at a level. */
export function featureLevelRecord(name: string, featureLevel: number): NewRecord {
  return encodeFramed(FeatureLevelRecord, 0, { name, featureLevel })
}

/** Producer ids below the next one are taken, the last block of them by the broker. */
export function producerIdsRecord(
  brokerId: number,
  brokerEpoch: number,
  nextProducerId: number,
): NewRecord {
  return encodeFramed(ProducerIdsRecord, 0, { brokerId, brokerEpoch, nextProducerId })
}

/** A broker is there, or back with a new incarnation. */
export function registerBrokerRecord(
  registration: Encodable<typeof RegisterBrokerRecord>,
): NewRecord {
  return encodeFramed(RegisterBrokerRecord, 4, registration)
}

/** These are the log directories that a broker can still use. */
export function onlineDirectoriesRecord(
  brokerId: number,
  brokerEpoch: number,
  logDirs: readonly Uuid[],
): NewRecord {
  const change = { brokerId, brokerEpoch, fenced: 0, inControlledShutdown: 0 }
  return encodeFramed(BrokerRegistrationChangeRecord, 2, { ...change, logDirs: [...logDirs] })
}

/** These log directories of a broker get no new replicas. */
export function cordonedDirectoriesRecord(
  brokerId: number,
  brokerEpoch: number,
  directories: readonly Uuid[],
): NewRecord {
  const unchanged = { fenced: 0, inControlledShutdown: 0, logDirs: [] }
  const change = { brokerId, brokerEpoch, ...unchanged, cordonedLogDirs: [...directories] }
  return encodeFramed(BrokerRegistrationChangeRecord, 3, change)
}

/** A broker has begun its controlled shutdown. */
export function controlledShutdownRecord(brokerId: number, brokerEpoch: number): NewRecord {
  const change = { brokerId, brokerEpoch, fenced: 0, inControlledShutdown: 1 }
  return encodeFramed(BrokerRegistrationChangeRecord, 1, { ...change, logDirs: [] })
}

/** Kafka writes 1 for fenced and -1 for unfenced. */
export function fencingRecord(brokerId: number, brokerEpoch: number, fenced: boolean): NewRecord {
  const change = { brokerId, brokerEpoch, fenced: fenced ? 1 : -1, inControlledShutdown: 0 }
  return encodeFramed(BrokerRegistrationChangeRecord, 0, { ...change, logDirs: [] })
}
