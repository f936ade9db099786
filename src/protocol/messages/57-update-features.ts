import { api, array, bool, int16, int32, int8, string } from '../schema/index.ts'

/**
 * UpdateFeatures (57): changes the level of features such as metadata.version (KIP-584).
 *
 *   v1  downgrades that lose metadata, and validateOnly (KIP-778)
 *   v2  no results per feature in the response
 */
export const UpdateFeatures = api(
  57,
  'UpdateFeatures',
  { versions: [0, 2], flexible: 0 },
  {
    request: {
      timeoutMs: int32.default(60000),
      featureUpdates: array({
        feature: string,
        maxVersionLevel: int16,
        allowDowngrade: bool.until(0),
        upgradeType: int8.since(1).default(1),
      }),
      validateOnly: bool.since(1).default(false),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      errorMessage: string.nullable(),
      results: array({
        feature: string,
        errorCode: int16,
        errorMessage: string.nullable(),
      }).until(1),
    },
  },
)
