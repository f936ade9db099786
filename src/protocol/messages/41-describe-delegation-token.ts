import { api, array, bytes, int16, int32, int64, string } from '../schema/index.ts'

/**
 * DescribeDelegationToken (41): the delegation tokens of owners (KIP-48).
 *
 *   v2  flexible
 *   v3  the requester of a token (KIP-373)
 */
export const DescribeDelegationToken = api(
  41,
  'DescribeDelegationToken',
  { versions: [0, 3], current: [1, 3], flexible: 2 },
  {
    request: {
      owners: array({
        principalType: string,
        principalName: string,
      }).nullable(),
    },
    response: {
      errorCode: int16,
      tokens: array({
        principalType: string,
        principalName: string,
        tokenRequesterPrincipalType: string.since(3),
        tokenRequesterPrincipalName: string.since(3),
        issueTimestamp: int64,
        expiryTimestamp: int64,
        maxTimestamp: int64,
        tokenId: string,
        hmac: bytes,
        renewers: array({
          principalType: string,
          principalName: string,
        }),
      }),
      throttleTimeMs: int32,
    },
  },
)
