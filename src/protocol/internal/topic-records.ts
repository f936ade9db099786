import { array, int32, int8, string, uuid } from '../schema/index.ts'
import { metadataRecord } from './metadata-record.ts'

/**
 * A topic was created.
 */
export const TopicRecord = metadataRecord(
  2,
  'TopicRecord',
  { versions: [0, 0], flexible: 0 },
  {
    name: string,
    topicId: uuid,
  },
)

/**
 * A partition was created, or is described completely in a snapshot. v1 adds the directory of each
 * replica (KIP-858), v2 the eligible leader replicas (KIP-966).
 */
export const PartitionRecord = metadataRecord(
  3,
  'PartitionRecord',
  { versions: [0, 2], flexible: 0 },
  {
    partitionId: int32.default(-1),
    topicId: uuid,
    replicas: array(int32),
    isr: array(int32),
    removingReplicas: array(int32),
    addingReplicas: array(int32),
    leader: int32.default(-1),
    leaderRecoveryState: int8.default(0).tag(0),
    leaderEpoch: int32.default(-1),
    partitionEpoch: int32.default(-1),
    directories: array(uuid).since(1),
    eligibleLeaderReplicas: array(int32).nullable().default(null).tag(1, 2),
    lastKnownElr: array(int32).nullable().default(null).tag(2, 2),
  },
)

/** The changes of a partition; a field with its default did not change. */
export const PartitionChangeRecord = metadataRecord(
  5,
  'PartitionChangeRecord',
  { versions: [0, 2], flexible: 0 },
  {
    partitionId: int32.default(-1),
    topicId: uuid,
    isr: array(int32).nullable().default(null).tag(0),
    leader: int32.default(-2).tag(1),
    replicas: array(int32).nullable().default(null).tag(2),
    removingReplicas: array(int32).nullable().default(null).tag(3),
    addingReplicas: array(int32).nullable().default(null).tag(4),
    leaderRecoveryState: int8.default(-1).tag(5),
    directories: array(uuid).nullable().default(null).tag(8, 1),
    eligibleLeaderReplicas: array(int32).nullable().default(null).tag(6, 2),
    lastKnownElr: array(int32).nullable().default(null).tag(7, 2),
  },
)

/**
 * A topic and its partitions were deleted.
 */
export const RemoveTopicRecord = metadataRecord(
  9,
  'RemoveTopicRecord',
  { versions: [0, 0], flexible: 0 },
  {
    topicId: uuid,
  },
)

/** The eligible leader replicas of a topic, or of all topics, were removed (KIP-966). */
export const ClearElrRecord = metadataRecord(
  28,
  'ClearElrRecord',
  { versions: [0, 0], flexible: 0 },
  {
    topicName: string,
  },
)

/** A config of a topic, broker, group or client metrics subscription was set; null removes it. */
export const ConfigRecord = metadataRecord(
  4,
  'ConfigRecord',
  { versions: [0, 0], flexible: 0 },
  {
    resourceType: int8,
    resourceName: string,
    name: string,
    value: string.nullable(),
  },
)
