import { api, array, int16, string } from '../schema/index.ts'

/**
 * SaslHandshake (17): SaslHandshake.
 */
export const SaslHandshake = api(
  17,
  'SaslHandshake',
  { versions: [0, 1] },
  {
    request: {
      mechanism: string,
    },
    response: {
      errorCode: int16,
      mechanisms: array(string),
    },
  },
)
