import { api, array, int16, int32, int64, string, uuid } from '../schema/index.ts'

/**
 * InitializeShareGroupState (83): creates the state of share partitions; sent by group coordinators
 * to share coordinators (KIP-932).
 */
export const InitializeShareGroupState = api(
  83,
  'InitializeShareGroupState',
  { versions: [0, 0], flexible: 0 },
  {
    request: {
      groupId: string,
      topics: array({
        topicId: uuid,
        partitions: array({
          partition: int32,
          stateEpoch: int32,
          startOffset: int64,
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
