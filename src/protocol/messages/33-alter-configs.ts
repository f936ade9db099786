import { api, array, bool, int16, int32, int8, string } from '../schema/index.ts'

/**
 * AlterConfigs (33): replaces all configs of a resource; replaced by IncrementalAlterConfigs.
 *
 *   v2  flexible
 */
export const AlterConfigs = api(
  33,
  'AlterConfigs',
  { versions: [0, 2], flexible: 2 },
  {
    request: {
      resources: array({
        resourceType: int8,
        resourceName: string,
        configs: array({
          name: string,
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
