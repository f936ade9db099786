import { api, array, bool, int16, int32, int64, string, uuid } from '../schema/index.ts'

/**
 * OffsetFetch (9): returns the committed offsets of a group.
 *
 *   v0   offsets in ZooKeeper
 *   v1   offsets in `__consumer_offsets`
 *   v2   error code at the top; null means all partitions
 *   v5   leader epoch of the committed offset (KIP-320)
 *   v6   flexible
 *   v7   requireStable waits for open transactions (KIP-447)
 *   v8   several groups at once (KIP-709)
 *   v9   member id and epoch fence stale members (KIP-848)
 *   v10  topic ids instead of names (KIP-848)
 */
export const OffsetFetch = api(
  9,
  'OffsetFetch',
  { versions: [0, 10], current: [1, 10], flexible: 6 },
  {
    request: {
      groupId: string.until(7),
      topics: array({
        name: string,
        partitionIndexes: array(int32),
      })
        .until(7)
        .nullable(2),
      groups: array({
        groupId: string,
        memberId: string.since(9).nullable().default(null),
        memberEpoch: int32.since(9).default(-1),
        topics: array({
          name: string.until(9),
          topicId: uuid.since(10),
          partitionIndexes: array(int32),
        }).nullable(),
      }).since(8),
      requireStable: bool.since(7).default(false),
    },
    response: {
      throttleTimeMs: int32.since(3),
      topics: array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          committedOffset: int64,
          committedLeaderEpoch: int32.since(5).default(-1),
          metadata: string.nullable(),
          errorCode: int16,
        }),
      }).until(7),
      errorCode: int16.since(2).until(7).default(0),
      groups: array({
        groupId: string,
        topics: array({
          name: string.until(9),
          topicId: uuid.since(10),
          partitions: array({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: int32.default(-1),
            metadata: string.nullable(),
            errorCode: int16,
          }),
        }),
        errorCode: int16.default(0),
      }).since(8),
    },
  },
)
