import { array, bits64, bytes, int32, int64, int8, string, struct, uuid } from '../schema/index.ts'
import { coordinatorRecord } from './coordinator-record.ts'

/**
 * A consumer group (KIP-848) and its epoch.
 */
export const ConsumerGroupMetadataRecord = coordinatorRecord(
  3,
  'ConsumerGroupMetadata',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
    },
    value: {
      epoch: int32,
      metadataHash: bits64.default(0n).tag(0),
    },
  },
)

/**
 * The partitions of subscribed topics; replaced by a hash in the group metadata in 4.1 (KIP-1101).
 */
export const ConsumerGroupPartitionMetadataRecord = coordinatorRecord(
  4,
  'ConsumerGroupPartitionMetadata',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
    },
    value: {
      topics: array({
        topicId: uuid,
        topicName: string,
        numPartitions: int32,
        partitionMetadata: array({
          partition: int32,
          racks: array(string),
        }),
      }),
    },
  },
)

/** The metadata of a member; classic members of a consumer group keep their protocols in it. */
export const ConsumerGroupMemberMetadataRecord = coordinatorRecord(
  5,
  'ConsumerGroupMemberMetadata',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
      memberId: string,
    },
    value: {
      instanceId: string.nullable(),
      rackId: string.nullable(),
      clientId: string,
      clientHost: string,
      subscribedTopicNames: array(string),
      subscribedTopicRegex: string.nullable(),
      rebalanceTimeoutMs: int32.default(-1),
      serverAssignor: string.nullable(),
      classicMemberMetadata: struct({
        sessionTimeoutMs: int32,
        supportedProtocols: array({
          name: string,
          metadata: bytes,
        }),
      })
        .nullable()
        .tag(0),
    },
  },
)

/** The group epoch of the target assignment. */
export const ConsumerGroupTargetAssignmentMetadataRecord = coordinatorRecord(
  6,
  'ConsumerGroupTargetAssignmentMetadata',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
    },
    value: {
      assignmentEpoch: int32,
      assignmentTimestamp: int64.default(0).tag(0),
    },
  },
)

/** The target partitions of a member. */
export const ConsumerGroupTargetAssignmentMemberRecord = coordinatorRecord(
  7,
  'ConsumerGroupTargetAssignmentMember',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
      memberId: string,
    },
    value: {
      topicPartitions: array({
        topicId: uuid,
        partitions: array(int32),
      }),
    },
  },
)

const topicPartitions = struct({
  topicId: uuid,
  partitions: array(int32),
  assignmentEpochs: array(int32).nullable().tag(0),
})

/** The current partitions of a member, and those that it must revoke. */
export const ConsumerGroupCurrentMemberAssignmentRecord = coordinatorRecord(
  8,
  'ConsumerGroupCurrentMemberAssignment',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
      memberId: string,
    },
    value: {
      memberEpoch: int32,
      previousMemberEpoch: int32,
      state: int8,
      assignedPartitions: array(topicPartitions),
      partitionsPendingRevocation: array(topicPartitions),
    },
  },
)

/** The topics that match a regular expression of a subscription. */
export const ConsumerGroupRegularExpressionRecord = coordinatorRecord(
  16,
  'ConsumerGroupRegularExpression',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
      regularExpression: string,
    },
    value: {
      topics: array(string),
      version: int64,
      timestamp: int64,
    },
  },
)
