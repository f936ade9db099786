import { api, array, int16, int32, int64, string, struct, uint16, uuid } from '../schema/index.ts'

const replicaState = struct({
  replicaId: int32,
  replicaDirectoryId: uuid.since(2),
  logEndOffset: int64,
  lastFetchTimestamp: int64.since(1).default(-1),
  lastCaughtUpTimestamp: int64.since(1).default(-1),
})

/**
 * DescribeQuorum (55): leader, voters and observers of the metadata quorum (KIP-595).
 *
 *   v1  the times of a replica's last fetch and of its last catch-up (KIP-836)
 *   v2  directory ids and endpoints (KIP-853)
 */
export const DescribeQuorum = api(
  55,
  'DescribeQuorum',
  { versions: [0, 2], flexible: 0 },
  {
    request: {
      topics: array({
        topicName: string,
        partitions: array({
          partitionIndex: int32,
        }),
      }),
    },
    response: {
      errorCode: int16,
      errorMessage: string.since(2).nullable(),
      topics: array({
        topicName: string,
        partitions: array({
          partitionIndex: int32,
          errorCode: int16,
          errorMessage: string.since(2).nullable(),
          leaderId: int32,
          leaderEpoch: int32,
          highWatermark: int64,
          currentVoters: array(replicaState),
          observers: array(replicaState),
        }),
      }),
      nodes: array({
        nodeId: int32,
        listeners: array({
          name: string,
          host: string,
          port: uint16,
        }),
      }).since(2),
    },
  },
)
