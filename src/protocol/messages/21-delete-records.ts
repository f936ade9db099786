import { api, array, int16, int32, int64, string } from '../schema/index.ts'

/**
 * DeleteRecords (21): moves the log start offset of partitions forward (KIP-107).
 *
 *   v2  flexible
 */
export const DeleteRecords = api(
  21,
  'DeleteRecords',
  { versions: [0, 2], flexible: 2 },
  {
    request: {
      topics: array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          offset: int64,
        }),
      }),
      timeoutMs: int32,
    },
    response: {
      throttleTimeMs: int32,
      topics: array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          lowWatermark: int64,
          errorCode: int16,
        }),
      }),
    },
  },
)
