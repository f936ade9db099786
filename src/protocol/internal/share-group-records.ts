import { array, bits64, int32, int64, int8, string, struct, uuid } from '../schema/index.ts'
import { coordinatorRecord } from './coordinator-record.ts'

/** The metadata of a member of a share group (KIP-932). */
export const ShareGroupMemberMetadataRecord = coordinatorRecord(
  10,
  'ShareGroupMemberMetadata',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
      memberId: string,
    },
    value: {
      rackId: string.nullable(),
      clientId: string,
      clientHost: string,
      subscribedTopicNames: array(string),
    },
  },
)

/**
 * A share group and its epoch.
 */
export const ShareGroupMetadataRecord = coordinatorRecord(
  11,
  'ShareGroupMetadata',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
    },
    value: {
      epoch: int32,
      metadataHash: bits64,
    },
  },
)

/** The group epoch of the target assignment. */
export const ShareGroupTargetAssignmentMetadataRecord = coordinatorRecord(
  12,
  'ShareGroupTargetAssignmentMetadata',
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
export const ShareGroupTargetAssignmentMemberRecord = coordinatorRecord(
  13,
  'ShareGroupTargetAssignmentMember',
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

/** The current partitions of a member. */
export const ShareGroupCurrentMemberAssignmentRecord = coordinatorRecord(
  14,
  'ShareGroupCurrentMemberAssignment',
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
      assignedPartitions: array({
        topicId: uuid,
        partitions: array(int32),
      }),
    },
  },
)

const topicPartitionsInfo = struct({
  topicId: uuid,
  topicName: string,
  partitions: array(int32),
})

/** The partitions whose share state is being initialized, is initialized, or is being deleted. */
export const ShareGroupStatePartitionMetadataRecord = coordinatorRecord(
  15,
  'ShareGroupStatePartitionMetadata',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
    },
    value: {
      initializingTopics: array(topicPartitionsInfo),
      initializedTopics: array(topicPartitionsInfo),
      deletingTopics: array({
        topicId: uuid,
        topicName: string,
      }),
    },
  },
)
