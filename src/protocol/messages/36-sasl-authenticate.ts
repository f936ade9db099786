import { api, bytes, int16, int64, string } from '../schema/index.ts'

/**
 * SaslAuthenticate (36): carries a token of the SASL mechanism (KIP-152).
 *
 *   v1  the lifetime of the session (KIP-368)
 *   v2  flexible
 */
export const SaslAuthenticate = api(
  36,
  'SaslAuthenticate',
  { versions: [0, 2], flexible: 2 },
  {
    request: {
      authBytes: bytes,
    },
    response: {
      errorCode: int16,
      errorMessage: string.nullable(),
      authBytes: bytes,
      sessionLifetimeMs: int64.since(1).default(0),
    },
  },
)
