import { api, bytes, int16, int32, int64 } from '../schema/index.ts'

/**
 * ExpireDelegationToken (40): ends the lifetime of a delegation token (KIP-48).
 *
 *   v2  flexible
 */
export const ExpireDelegationToken = api(
  40,
  'ExpireDelegationToken',
  { versions: [0, 2], current: [1, 2], flexible: 2 },
  {
    request: {
      hmac: bytes,
      expiryTimePeriodMs: int64,
    },
    response: {
      errorCode: int16,
      expiryTimestampMs: int64,
      throttleTimeMs: int32,
    },
  },
)
