import { api, array, bytes, int16, int32, int64, string } from '../schema/index.ts'

/**
 * CreateDelegationToken (38): creates a delegation token (KIP-48).
 *
 *   v2  flexible
 *   v3  a token may be created for another principal (KIP-373)
 */
export const CreateDelegationToken = api(
  38,
  'CreateDelegationToken',
  { versions: [0, 3], current: [1, 3], flexible: 2 },
  {
    request: {
      ownerPrincipalType: string.since(3).nullable(),
      ownerPrincipalName: string.since(3).nullable(),
      renewers: array({
        principalType: string,
        principalName: string,
      }),
      maxLifetimeMs: int64,
    },
    response: {
      errorCode: int16,
      principalType: string,
      principalName: string,
      tokenRequesterPrincipalType: string.since(3),
      tokenRequesterPrincipalName: string.since(3),
      issueTimestampMs: int64,
      expiryTimestampMs: int64,
      maxTimestampMs: int64,
      tokenId: string,
      hmac: bytes,
      throttleTimeMs: int32,
    },
  },
)
