import { api, array, int16, int32, int64, string, uuid } from '../schema/index.ts'

/**
 * DescribeShareGroupOffsets (90): start offsets of share groups (KIP-932).
 *
 *   v1  lag (KIP-1226)
 */
export const DescribeShareGroupOffsets = api(
  90,
  'DescribeShareGroupOffsets',
  { versions: [0, 1], flexible: 0 },
  {
    request: {
      groups: array({
        groupId: string,
        topics: array({
          topicName: string,
          partitions: array(int32),
        }).nullable(),
      }),
    },
    response: {
      throttleTimeMs: int32,
      groups: array({
        groupId: string,
        topics: array({
          topicName: string,
          topicId: uuid,
          partitions: array({
            partitionIndex: int32,
            startOffset: int64,
            leaderEpoch: int32,
            lag: int64.since(1).default(-1),
            errorCode: int16,
            errorMessage: string.nullable().default(null),
          }),
        }),
        errorCode: int16,
        errorMessage: string.nullable().default(null),
      }),
    },
  },
)
