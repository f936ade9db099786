import { api, array, int16, int32, int8, string } from '../schema/index.ts'

/**
 * DescribeUserScramCredentials (50): the SCRAM mechanisms and iterations of users (KIP-554).
 */
export const DescribeUserScramCredentials = api(
  50,
  'DescribeUserScramCredentials',
  { versions: [0, 0], flexible: 0 },
  {
    request: {
      users: array({
        name: string,
      }).nullable(),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      errorMessage: string.nullable(),
      results: array({
        user: string,
        errorCode: int16,
        errorMessage: string.nullable(),
        credentialInfos: array({
          mechanism: int8,
          iterations: int32,
        }),
      }),
    },
  },
)
