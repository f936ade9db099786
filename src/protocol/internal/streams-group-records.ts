import {
  array,
  bits64,
  int16,
  int32,
  int64,
  int8,
  string,
  struct,
  uint16,
} from '../schema/index.ts'
import { coordinatorRecord } from './coordinator-record.ts'

/**
 * A streams group (KIP-1071), its epoch and the configs of its last assignment.
 */
export const StreamsGroupMetadataRecord = coordinatorRecord(
  17,
  'StreamsGroupMetadata',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
    },
    value: {
      epoch: int32,
      metadataHash: bits64,
      validatedTopologyEpoch: int32.default(-1).tag(0),
      lastAssignmentConfigs: array({
        key: string,
        value: string,
      })
        .nullable()
        .tag(1),
      storedDescriptionTopologyEpoch: int32.default(-1).tag(2),
      failedDescriptionTopologyEpoch: int32.default(-1).tag(3),
    },
  },
)

/** The metadata of a member. */
export const StreamsGroupMemberMetadataRecord = coordinatorRecord(
  19,
  'StreamsGroupMemberMetadata',
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
      rebalanceTimeoutMs: int32.default(-1),
      topologyEpoch: int32,
      processId: string,
      userEndpoint: struct({
        host: string,
        port: uint16,
      })
        .nullable()
        .default(null),
      clientTags: array({
        key: string,
        value: string,
      }),
    },
  },
)

/** The group epoch of the target assignment. */
export const StreamsGroupTargetAssignmentMetadataRecord = coordinatorRecord(
  20,
  'StreamsGroupTargetAssignmentMetadata',
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

const taskIds = struct({
  subtopologyId: string,
  partitions: array(int32),
})

/** The target tasks of a member. */
export const StreamsGroupTargetAssignmentMemberRecord = coordinatorRecord(
  21,
  'StreamsGroupTargetAssignmentMember',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
      memberId: string,
    },
    value: {
      activeTasks: array(taskIds),
      standbyTasks: array(taskIds),
      warmupTasks: array(taskIds),
    },
  },
)

const streamsGroupCurrentMemberAssignmentTaskIds = struct({
  subtopologyId: string,
  partitions: array(int32),
  assignmentEpochs: array(int32).nullable().tag(0),
})

/** The current tasks of a member, and those that it must revoke. */
export const StreamsGroupCurrentMemberAssignmentRecord = coordinatorRecord(
  22,
  'StreamsGroupCurrentMemberAssignment',
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
      activeTasks: array(streamsGroupCurrentMemberAssignmentTaskIds),
      standbyTasks: array(streamsGroupCurrentMemberAssignmentTaskIds),
      warmupTasks: array(streamsGroupCurrentMemberAssignmentTaskIds),
      activeTasksPendingRevocation: array(streamsGroupCurrentMemberAssignmentTaskIds),
      standbyTasksPendingRevocation: array(streamsGroupCurrentMemberAssignmentTaskIds),
      warmupTasksPendingRevocation: array(streamsGroupCurrentMemberAssignmentTaskIds),
    },
  },
)

const topicInfo = struct({
  name: string,
  partitions: int32,
  replicationFactor: int16,
  topicConfigs: array({
    key: string,
    value: string,
  }),
})

/**
 * The topology that the members run: subtopologies with their topics.
 */
export const StreamsGroupTopologyRecord = coordinatorRecord(
  23,
  'StreamsGroupTopology',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
    },
    value: {
      epoch: int32,
      subtopologies: array({
        subtopologyId: string,
        sourceTopics: array(string),
        sourceTopicRegex: array(string),
        stateChangelogTopics: array(topicInfo),
        repartitionSinkTopics: array(string),
        repartitionSourceTopics: array(topicInfo),
        copartitionGroups: array({
          sourceTopics: array(int16),
          sourceTopicRegex: array(int16),
          repartitionSourceTopics: array(int16),
        }),
      }),
    },
  },
)
