import {
  api,
  array,
  int16,
  int32,
  int64,
  int8,
  records,
  string,
  struct,
  uuid,
} from '../schema/index.ts'

/**
 * Fetch (1): reads record batches from partitions, for consumers and for followers.
 *
 *   v3   maxBytes for the whole response; the order of partitions counts (KIP-74)
 *   v4   isolation level, aborted transactions, magic 2 (KIP-98)
 *   v5   log start offset
 *   v7   fetch sessions: requests and responses contain only changes (KIP-227)
 *   v9   currentLeaderEpoch fences clients with stale metadata (KIP-320)
 *   v10  zstd is allowed (KIP-110)
 *   v11  rackId, and the preferred replica of a consumer (KIP-392)
 *   v12  flexible; lastFetchedEpoch finds divergence (KIP-595)
 *   v13  topic ids instead of names (KIP-516)
 *   v14  OFFSET_MOVED_TO_TIERED_STORAGE (KIP-405)
 *   v15  replicaState instead of replicaId (KIP-903)
 *   v16  the response contains endpoints of new leaders (KIP-951)
 *   v17  directory id of the follower (KIP-853)
 *   v18  the follower sends its high watermark (KIP-1166)
 */
export const Fetch = api(
  1,
  'Fetch',
  { versions: [0, 18], current: [4, 18], flexible: 12 },
  {
    request: {
      clusterId: string.nullable().default(null).tag(0, 12),
      replicaId: int32.until(14).default(-1),
      replicaState: struct({
        replicaId: int32.default(-1),
        replicaEpoch: int64.default(-1),
      }).tag(1, 15),
      maxWaitMs: int32,
      minBytes: int32,
      maxBytes: int32.since(3).default(0x7fffffff),
      isolationLevel: int8.since(4).default(0),
      sessionId: int32.since(7).default(0),
      sessionEpoch: int32.since(7).default(-1),
      topics: array({
        topic: string.until(12),
        topicId: uuid.since(13),
        partitions: array({
          partition: int32,
          currentLeaderEpoch: int32.since(9).default(-1),
          fetchOffset: int64,
          lastFetchedEpoch: int32.since(12).default(-1),
          logStartOffset: int64.since(5).default(-1),
          partitionMaxBytes: int32,
          replicaDirectoryId: uuid.tag(0, 17),
          highWatermark: int64.default(Number.MAX_SAFE_INTEGER).tag(1, 18),
        }),
      }),
      forgottenTopicsData: array({
        topic: string.until(12),
        topicId: uuid.since(13),
        partitions: array(int32),
      }).since(7),
      rackId: string.since(11).default(''),
    },
    response: {
      throttleTimeMs: int32.since(1),
      errorCode: int16.since(7),
      sessionId: int32.since(7).default(0),
      responses: array({
        topic: string.until(12),
        topicId: uuid.since(13),
        partitions: array({
          partitionIndex: int32,
          errorCode: int16,
          highWatermark: int64,
          lastStableOffset: int64.since(4).default(-1),
          logStartOffset: int64.since(5).default(-1),
          divergingEpoch: struct({
            epoch: int32.default(-1),
            endOffset: int64.default(-1),
          }).tag(0, 12),
          currentLeader: struct({
            leaderId: int32.default(-1),
            leaderEpoch: int32.default(-1),
          }).tag(1, 12),
          snapshotId: struct({
            endOffset: int64.default(-1),
            epoch: int32.default(-1),
          }).tag(2, 12),
          abortedTransactions: array({
            producerId: int64,
            firstOffset: int64,
          })
            .since(4)
            .nullable(),
          preferredReadReplica: int32.since(11).default(-1),
          records: records.nullable(),
        }),
      }),
      nodeEndpoints: array({
        nodeId: int32,
        host: string,
        port: int32,
        rack: string.nullable().default(null),
      }).tag(0, 16),
    },
  },
)
