import { api, array, int16, int32, string } from '../schema/index.ts'

/**
 * AlterReplicaLogDirs (34): moves replicas to another log directory of the same broker (KIP-113).
 *
 *   v2  flexible
 */
export const AlterReplicaLogDirs = api(
  34,
  'AlterReplicaLogDirs',
  { versions: [0, 2], current: [1, 2], flexible: 2 },
  {
    request: {
      dirs: array({
        path: string,
        topics: array({
          name: string,
          partitions: array(int32),
        }),
      }),
    },
    response: {
      throttleTimeMs: int32,
      results: array({
        topicName: string,
        partitions: array({
          partitionIndex: int32,
          errorCode: int16,
        }),
      }),
    },
  },
)
