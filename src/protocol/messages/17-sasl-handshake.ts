import { api, array, int16, string } from '../schema/index.ts'

/**
 * SaslHandshake (17): agrees on a SASL mechanism.
 *
 *   v0  what follows are bare tokens without frames of the protocol
 *   v1  what follows is SaslAuthenticate (KIP-152)
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
