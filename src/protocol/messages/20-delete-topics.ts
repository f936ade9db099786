import { api, array, int16, int32, string, uuid } from '../schema/index.ts'

/**
 * DeleteTopics (20): deletes topics.
 *
 *   v4  flexible
 *   v5  error messages; THROTTLING_QUOTA_EXCEEDED (KIP-599)
 *   v6  topics by id (KIP-516)
 */
export const DeleteTopics = api(
  20,
  'DeleteTopics',
  { versions: [0, 6], current: [1, 6], flexible: 4 },
  {
    request: {
      topics: array({
        name: string.nullable().default(null),
        topicId: uuid,
      }).since(6),
      topicNames: array(string).until(5),
      timeoutMs: int32,
    },
    response: {
      throttleTimeMs: int32.since(1),
      responses: array({
        name: string.nullable(6),
        topicId: uuid.since(6),
        errorCode: int16,
        errorMessage: string.since(5).nullable().default(null),
      }),
    },
  },
)
