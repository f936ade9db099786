import { api, array, bytes, int16, int32, int8, string } from '../schema/index.ts'

/**
 * AlterUserScramCredentials (51): sets and removes SCRAM credentials of users (KIP-554).
 */
export const AlterUserScramCredentials = api(
  51,
  'AlterUserScramCredentials',
  { versions: [0, 0], flexible: 0 },
  {
    request: {
      deletions: array({
        name: string,
        mechanism: int8,
      }),
      upsertions: array({
        name: string,
        mechanism: int8,
        iterations: int32,
        salt: bytes,
        saltedPassword: bytes,
      }),
    },
    response: {
      throttleTimeMs: int32,
      results: array({
        user: string,
        errorCode: int16,
        errorMessage: string.nullable(),
      }),
    },
  },
)
