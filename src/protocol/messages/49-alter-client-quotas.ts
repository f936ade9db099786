import { api, array, bool, float64, int16, int32, string } from '../schema/index.ts'

/**
 * AlterClientQuotas (49): sets and removes quotas of users, client ids and IPs (KIP-546).
 *
 *   v1  flexible
 */
export const AlterClientQuotas = api(
  49,
  'AlterClientQuotas',
  { versions: [0, 1], flexible: 1 },
  {
    request: {
      entries: array({
        entity: array({
          entityType: string,
          entityName: string.nullable(),
        }),
        ops: array({
          key: string,
          value: float64,
          remove: bool,
        }),
      }),
      validateOnly: bool,
    },
    response: {
      throttleTimeMs: int32,
      entries: array({
        errorCode: int16,
        errorMessage: string.nullable(),
        entity: array({
          entityType: string,
          entityName: string.nullable(),
        }),
      }),
    },
  },
)
