import { api, bytes, int16, int32, int64 } from '../schema/index.ts'

/**
 * RenewDelegationToken (39): extends the lifetime of a delegation token (KIP-48).
 *
 *   v2  flexible
 */
export const RenewDelegationToken = api(
  39,
  'RenewDelegationToken',
  { versions: [0, 2], current: [1, 2], flexible: 2 },
  {
    request: {
      hmac: bytes,
      renewPeriodMs: int64,
    },
    response: {
      errorCode: int16,
      expiryTimestampMs: int64,
      throttleTimeMs: int32,
    },
  },
)
