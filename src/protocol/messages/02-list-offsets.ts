import { api, array, int16, int32, int64, int8, string } from '../schema/index.ts'

/**
 * ListOffsets (2): returns a special offset, or the offset of the first record at or after a
 * timestamp.
 *
 *   v1   one offset per partition instead of a list of segment ends (KIP-79)
 *   v2   isolation level: for read_committed, "latest" is the last stable offset
 *   v4   currentLeaderEpoch fences clients with stale metadata (KIP-320)
 *   v6   flexible
 *   v7   timestamp -3: the record with the largest timestamp (KIP-734)
 *   v8   timestamp -4: the earliest local offset (KIP-405)
 *   v9   timestamp -5: the last offset in tiered storage (KIP-1005)
 *   v10  timeoutMs for lookups in tiered storage (KIP-1075)
 *   v11  timestamp -6: the earliest offset not yet in tiered storage (KIP-1023)
 */
export const ListOffsets = api(
  2,
  'ListOffsets',
  { versions: [0, 11], current: [1, 11], flexible: 6 },
  {
    request: {
      replicaId: int32,
      isolationLevel: int8.since(2),
      topics: array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          currentLeaderEpoch: int32.since(4).default(-1),
          timestamp: int64,
          maxNumOffsets: int32.until(0).default(1),
        }),
      }),
      timeoutMs: int32.since(10),
    },
    response: {
      throttleTimeMs: int32.since(2),
      topics: array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          errorCode: int16,
          oldStyleOffsets: array(int64).until(0),
          timestamp: int64.since(1).default(-1),
          offset: int64.since(1).default(-1),
          leaderEpoch: int32.since(4).default(-1),
        }),
      }),
    },
  },
)
