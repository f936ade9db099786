import { api, array, bool, int16, int32, int64, string } from '../schema/index.ts'

/**
 * ApiVersions (18): the API keys and versions that a broker serves; the first request of most
 * clients. An unknown version is answered in the format of v0, and the answer's header is always
 * v0 (KIP-511).
 *
 *   v3  flexible; name and version of the client's library, features of the cluster (KIP-511,
 *       KIP-584)
 *   v4  also features with minimum version 0 (KIP-1022)
 *   v5  cluster id and node id that the client expects (KIP-1242)
 */
export const ApiVersions = api(
  18,
  'ApiVersions',
  { versions: [0, 5], flexible: 3 },
  {
    request: {
      clientSoftwareName: string.since(3),
      clientSoftwareVersion: string.since(3),
      clusterId: string.since(5).nullable().default(null),
      nodeId: int32.since(5).default(-1),
    },
    response: {
      errorCode: int16,
      apiKeys: array({
        apiKey: int16,
        minVersion: int16,
        maxVersion: int16,
      }),
      throttleTimeMs: int32.since(1),
      supportedFeatures: array({
        name: string,
        minVersion: int16,
        maxVersion: int16,
      }).tag(0, 3),
      finalizedFeaturesEpoch: int64.default(-1).tag(1, 3),
      finalizedFeatures: array({
        name: string,
        maxVersionLevel: int16,
        minVersionLevel: int16,
      }).tag(2, 3),
      zkMigrationReady: bool.default(false).tag(3, 3),
    },
  },
)
