import { api, array, int16, int32, int64, string, uuid } from '../schema/index.ts'

/**
 * OffsetCommit (8): stores the committed offsets of a group.
 *
 *   v1   generation and member fence late commits
 *   v2   retention time for the whole commit; removed in v5
 *   v6   leader epoch of the committed offset (KIP-320)
 *   v7   static members (KIP-345)
 *   v8   flexible
 *   v9   members of consumer groups commit with their member epoch (KIP-848)
 *   v10  topic ids instead of names (KIP-848)
 */
export const OffsetCommit = api(
  8,
  'OffsetCommit',
  { versions: [0, 10], current: [2, 10], flexible: 8 },
  {
    request: {
      groupId: string,
      generationIdOrMemberEpoch: int32.since(1).default(-1),
      memberId: string.since(1),
      groupInstanceId: string.since(7).nullable().default(null),
      retentionTimeMs: int64.since(2).until(4).default(-1),
      topics: array({
        name: string.until(9),
        topicId: uuid.since(10),
        partitions: array({
          partitionIndex: int32,
          committedOffset: int64,
          committedLeaderEpoch: int32.since(6).default(-1),
          commitTimestamp: int64.since(1).until(1).default(-1),
          committedMetadata: string.nullable(),
        }),
      }),
    },
    response: {
      throttleTimeMs: int32.since(3),
      topics: array({
        name: string.until(9),
        topicId: uuid.since(10),
        partitions: array({
          partitionIndex: int32,
          errorCode: int16,
        }),
      }),
    },
  },
)
