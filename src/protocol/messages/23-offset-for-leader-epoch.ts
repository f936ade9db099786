import { api, array, int16, int32, int64, string } from '../schema/index.ts'

/**
 * OffsetForLeaderEpoch (23): returns the end offset of a leader epoch (KIP-320).
 *
 *   v2  currentLeaderEpoch fences clients with stale metadata
 *   v3  replica id, so that consumers need fewer rights
 *   v4  flexible
 */
export const OffsetForLeaderEpoch = api(
  23,
  'OffsetForLeaderEpoch',
  { versions: [0, 4], current: [2, 4], flexible: 4 },
  {
    request: {
      replicaId: int32.since(3).default(-2),
      topics: array({
        topic: string,
        partitions: array({
          partition: int32,
          currentLeaderEpoch: int32.since(2).default(-1),
          leaderEpoch: int32,
        }),
      }),
    },
    response: {
      throttleTimeMs: int32.since(2),
      topics: array({
        topic: string,
        partitions: array({
          errorCode: int16,
          partition: int32,
          leaderEpoch: int32.since(1).default(-1),
          endOffset: int64.default(-1),
        }),
      }),
    },
  },
)
