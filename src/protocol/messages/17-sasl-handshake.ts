import { api, array, int16, string } from '../schema/index.ts'

/**
 * SaslHandshake (17): selects a SASL mechanism.
 *
 *   v0  followed by plain tokens without frames of the protocol
 *   v1  followed by SaslAuthenticate (KIP-152)
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
