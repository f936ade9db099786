import { api, array, int16, int32, string, uuid } from '../schema/index.ts'

/**
 * DeleteShareGroupState (86): deletes the state of share partitions; sent by group coordinators to
 * share coordinators (KIP-932).
 */
export const DeleteShareGroupState = api(
  86,
  'DeleteShareGroupState',
  { versions: [0, 0], flexible: 0 },
  {
    request: {
      groupId: string,
      topics: array({
        topicId: uuid,
        partitions: array({
          partition: int32,
        }),
      }),
    },
    response: {
      results: array({
        topicId: uuid,
        partitions: array({
          partition: int32,
          errorCode: int16,
          errorMessage: string.nullable().default(null),
        }),
      }),
    },
  },
)
