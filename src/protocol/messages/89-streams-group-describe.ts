import {
  api,
  array,
  bool,
  int16,
  int32,
  int64,
  int8,
  string,
  struct,
  uint16,
} from '../schema/index.ts'

const keyValue = struct({
  key: string,
  value: string,
})

const topicInfo = struct({
  name: string,
  partitions: int32,
  replicationFactor: int16,
  topicConfigs: array(keyValue),
})

const taskOffset = struct({
  subtopologyId: string,
  partition: int32,
  offset: int64,
})

const taskIds = struct({
  subtopologyId: string,
  partitions: array(int32),
})

const assignment = struct({
  activeTasks: array(taskIds),
  standbyTasks: array(taskIds),
  warmupTasks: array(taskIds),
})

const topologyDescriptionNode = struct({
  name: string.since(1),
  nodeType: int8.since(1),
  sourceTopics: array(string).since(1),
  sinkTopic: string.since(1).nullable().default(null),
  stores: array(string).since(1),
  successors: array(string).since(1),
})

/**
 * StreamsGroupDescribe (89): epochs, topology and members of streams groups (KIP-1071).
 *
 *   v1  the description of the topology and the assignor (KIP-1331, KIP-1357)
 */
export const StreamsGroupDescribe = api(
  89,
  'StreamsGroupDescribe',
  { versions: [0, 1], flexible: 0 },
  {
    request: {
      groupIds: array(string),
      includeAuthorizedOperations: bool,
      includeTopologyDescription: bool.since(1).default(false),
    },
    response: {
      throttleTimeMs: int32,
      groups: array({
        errorCode: int16,
        errorMessage: string.nullable().default(null),
        groupId: string,
        groupState: string,
        groupEpoch: int32,
        assignmentEpoch: int32,
        topology: struct({
          epoch: int32,
          subtopologies: array({
            subtopologyId: string,
            sourceTopics: array(string),
            repartitionSinkTopics: array(string),
            stateChangelogTopics: array(topicInfo),
            repartitionSourceTopics: array(topicInfo),
          })
            .nullable()
            .default(null),
        })
          .nullable()
          .default(null),
        members: array({
          memberId: string,
          memberEpoch: int32,
          instanceId: string.nullable().default(null),
          rackId: string.nullable().default(null),
          clientId: string,
          clientHost: string,
          topologyEpoch: int32,
          processId: string,
          userEndpoint: struct({
            host: string,
            port: uint16,
          })
            .nullable()
            .default(null),
          clientTags: array(keyValue),
          taskOffsets: array(taskOffset),
          taskEndOffsets: array(taskOffset),
          assignment: assignment,
          targetAssignment: assignment,
          isClassic: bool,
        }),
        authorizedOperations: int32.default(-2147483648),
        topologyDescription: struct({
          subtopologies: array({
            subtopologyId: string,
            nodes: array(topologyDescriptionNode),
          }),
          globalStores: array({
            source: topologyDescriptionNode,
            processor: topologyDescriptionNode,
          }),
        })
          .since(1)
          .nullable()
          .default(null),
        topologyDescriptionStatus: int8.since(1).default(0),
        assignorName: string.since(1).nullable().default(null),
      }),
    },
  },
)
