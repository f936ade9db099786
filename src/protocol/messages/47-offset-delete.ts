import { api, array, int16, int32, string } from '../schema/index.ts'

/**
 * OffsetDelete (47): deletes stored offsets of a group (KIP-496). Never became flexible.
 */
export const OffsetDelete = api(
  47,
  'OffsetDelete',
  { versions: [0, 0] },
  {
    request: {
      groupId: string,
      topics: array({
        name: string,
        partitions: array({
          partitionIndex: int32,
        }),
      }),
    },
    response: {
      errorCode: int16,
      throttleTimeMs: int32,
      topics: array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          errorCode: int16,
        }),
      }),
    },
  },
)
