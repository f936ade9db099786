import { api, array, bool, int16, int32, string } from '../schema/index.ts'

/**
 * CreatePartitions (37): adds partitions to topics (KIP-195).
 *
 *   v2  flexible
 *   v3  THROTTLING_QUOTA_EXCEEDED (KIP-599)
 */
export const CreatePartitions = api(
  37,
  'CreatePartitions',
  { versions: [0, 3], flexible: 2 },
  {
    request: {
      topics: array({
        name: string,
        count: int32,
        assignments: array({
          brokerIds: array(int32),
        }).nullable(),
      }),
      timeoutMs: int32,
      validateOnly: bool,
    },
    response: {
      throttleTimeMs: int32,
      results: array({
        name: string,
        errorCode: int16,
        errorMessage: string.nullable().default(null),
      }),
    },
  },
)
