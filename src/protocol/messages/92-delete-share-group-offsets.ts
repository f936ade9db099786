import { api, array, int16, int32, string, uuid } from '../schema/index.ts'

/**
 * DeleteShareGroupOffsets (92): deletes the offsets of topics in a share group (KIP-932).
 */
export const DeleteShareGroupOffsets = api(
  92,
  'DeleteShareGroupOffsets',
  { versions: [0, 0], flexible: 0 },
  {
    request: {
      groupId: string,
      topics: array({
        topicName: string,
      }),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      errorMessage: string.nullable().default(null),
      responses: array({
        topicName: string,
        topicId: uuid,
        errorCode: int16,
        errorMessage: string.nullable().default(null),
      }),
    },
  },
)
