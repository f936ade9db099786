import { api, array, int16, int32, int8, string } from '../schema/index.ts'

/**
 * ElectLeaders (43): elects the preferred leader of partitions, or any live replica (KIP-183,
 * KIP-460).
 *
 *   v1  unclean elections (KIP-460)
 *   v2  flexible
 */
export const ElectLeaders = api(
  43,
  'ElectLeaders',
  { versions: [0, 2], flexible: 2 },
  {
    request: {
      electionType: int8.since(1),
      topicPartitions: array({
        topic: string,
        partitions: array(int32),
      }).nullable(),
      timeoutMs: int32.default(60000),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16.since(1),
      replicaElectionResults: array({
        topic: string,
        partitionResult: array({
          partitionId: int32,
          errorCode: int16,
          errorMessage: string.nullable(),
        }),
      }),
    },
  },
)
