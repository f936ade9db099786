import { api, array, bool, int16, int32, string, uuid } from '../schema/index.ts'

/**
 * Metadata (3): the brokers, and the leaders and replicas of topics.
 *
 *   v1   controller, racks, internal topics; null means all topics instead of an empty list
 *   v2   cluster id
 *   v4   a client may disable automatic creation (KIP-204)
 *   v5   offline replicas (KIP-112)
 *   v7   leader epochs (KIP-320)
 *   v8   authorized operations (KIP-430)
 *   v9   flexible
 *   v10  topic ids in the response (KIP-516)
 *   v11  authorized operations of the cluster moved to DescribeCluster (KIP-700)
 *   v12  topics may be requested by id (KIP-516)
 *   v13  error code at the top: REBOOTSTRAP_REQUIRED (KIP-1102)
 */
export const Metadata = api(
  3,
  'Metadata',
  { versions: [0, 13], flexible: 9 },
  {
    request: {
      topics: array({
        topicId: uuid.since(10),
        name: string.nullable(10),
      }).nullable(1),
      allowAutoTopicCreation: bool.since(4).default(true),
      includeClusterAuthorizedOperations: bool.since(8).until(10),
      includeTopicAuthorizedOperations: bool.since(8),
    },
    response: {
      throttleTimeMs: int32.since(3),
      brokers: array({
        nodeId: int32,
        host: string,
        port: int32,
        rack: string.since(1).nullable().default(null),
      }),
      clusterId: string.since(2).nullable().default(null),
      controllerId: int32.since(1).default(-1),
      topics: array({
        errorCode: int16,
        name: string.nullable(12),
        topicId: uuid.since(10),
        isInternal: bool.since(1).default(false),
        partitions: array({
          errorCode: int16,
          partitionIndex: int32,
          leaderId: int32,
          leaderEpoch: int32.since(7).default(-1),
          replicaNodes: array(int32),
          isrNodes: array(int32),
          offlineReplicas: array(int32).since(5),
        }),
        topicAuthorizedOperations: int32.since(8).default(-2147483648),
      }),
      clusterAuthorizedOperations: int32.since(8).until(10).default(-2147483648),
      errorCode: int16.since(13),
    },
  },
)
