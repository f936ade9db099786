import { api, array, bool, int16, int32, int8, string } from '../schema/index.ts'

/**
 * IncrementalAlterConfigs (44): sets, deletes, appends to and subtracts from single configs
 * (KIP-339).
 *
 *   v1  flexible
 */
export const IncrementalAlterConfigs = api(
  44,
  'IncrementalAlterConfigs',
  { versions: [0, 1], flexible: 1 },
  {
    request: {
      resources: array({
        resourceType: int8,
        resourceName: string,
        configs: array({
          name: string,
          configOperation: int8,
          value: string.nullable(),
        }),
      }),
      validateOnly: bool,
    },
    response: {
      throttleTimeMs: int32,
      responses: array({
        errorCode: int16,
        errorMessage: string.nullable(),
        resourceType: int8,
        resourceName: string,
      }),
    },
  },
)
