import { api, int16, int32, string } from '../schema/index.ts'

/**
 * UnregisterController (94): removes a controller's registration permanently.
 */
export const UnregisterController = api(
  94,
  'UnregisterController',
  { versions: [0, 0], flexible: 0 },
  {
    request: {
      controllerId: int32,
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      errorMessage: string.nullable(),
    },
  },
)
