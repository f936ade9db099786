import { api, array, bool, int16, int32, int64, string } from '../schema/index.ts'

/**
 * DescribeLogDirs (35): the log directories of a broker, and the size of the replicas in them
 * (KIP-113).
 *
 *   v2  flexible
 *   v3  error code at the top
 *   v4  total and free bytes of the volume (KIP-827)
 *   v5  whether a directory is cordoned (KIP-1066)
 */
export const DescribeLogDirs = api(
  35,
  'DescribeLogDirs',
  { versions: [0, 5], current: [1, 5], flexible: 2 },
  {
    request: {
      topics: array({
        topic: string,
        partitions: array(int32),
      }).nullable(),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16.since(3),
      results: array({
        errorCode: int16,
        logDir: string,
        topics: array({
          name: string,
          partitions: array({
            partitionIndex: int32,
            partitionSize: int64,
            offsetLag: int64,
            isFutureKey: bool,
          }),
        }),
        totalBytes: int64.since(4).default(-1),
        usableBytes: int64.since(4).default(-1),
        isCordoned: bool.since(5).default(false),
      }),
    },
  },
)
