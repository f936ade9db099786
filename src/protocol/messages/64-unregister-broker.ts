import { api, int16, int32, string } from '../schema/index.ts'

/**
 * UnregisterBroker (64): removes a broker permanently (KIP-631).
 */
export const UnregisterBroker = api(
  64,
  'UnregisterBroker',
  { versions: [0, 0], flexible: 0 },
  {
    request: {
      brokerId: int32,
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      errorMessage: string.nullable(),
    },
  },
)
