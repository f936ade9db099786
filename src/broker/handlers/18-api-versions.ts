import { supportedFeatures } from '../../controller/features.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { ApiVersions } from '../../protocol/messages/18-api-versions.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { BrokerServices } from '../broker-services.ts'
import type { Handler } from './handler.ts'

/** The allowed names and versions of client software (KIP-511). */
const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/** The first version whose requests contain the client software. */
const FIRST_VERSION_WITH_SOFTWARE = 3

/** The first version whose clients can read features that start at level 0 (KIP-1022). */
const FIRST_VERSION_WITH_ZERO_FEATURES = 4

const NO_NODE_ID = -1

const featureRanges = [...supportedFeatures].map(([name, { min, max }]) => ({
  name,
  minVersion: min,
  maxVersion: max,
}))

/**
 * ApiVersions (18): returns the API keys and versions that this broker serves.
 *
 *   v3  the client's name and version (KIP-511), the cluster's features (KIP-584)
 *   v4  also features whose lowest level is 0 (KIP-1022)
 *   v5  the cluster and broker that the client expects (KIP-1242)
 */
export const apiVersions: Handler<typeof ApiVersions> = (request, context) => {
  const { apiVersion, services, connection } = context
  if (apiVersion >= FIRST_VERSION_WITH_SOFTWARE) {
    const { clientSoftwareName, clientSoftwareVersion } = request
    if (!SOFTWARE_NAME.test(clientSoftwareName) || !SOFTWARE_NAME.test(clientSoftwareVersion)) {
      return refused(ErrorCode.InvalidRequest)
    }
    const addressError = checkAddress(request, services)
    if (addressError !== ErrorCode.None) return refused(addressError)
    connection.clientSoftwareName = clientSoftwareName
    connection.clientSoftwareVersion = clientSoftwareVersion
  }
  const { features, lastOffset } = services.image
  const hidesZero = apiVersion < FIRST_VERSION_WITH_ZERO_FEATURES
  return {
    errorCode: ErrorCode.None,
    apiKeys: advertisedVersions(services),
    supportedFeatures: featureRanges.filter(({ minVersion }) => !(hidesZero && minVersion === 0)),
    finalizedFeaturesEpoch: lastOffset,
    finalizedFeatures: [...features].map(([name, level]) => ({
      name,
      maxVersionLevel: level,
      minVersionLevel: level,
    })),
  }
}

function advertisedVersions({ apis, config }: BrokerServices) {
  const showsUnstable = config.boolean('unstable.api.versions.enable')
  return apis.flatMap(({ key, advertised, versions, latestVersionUnstable }) => {
    if (advertised === undefined) return []
    const maxVersion = showsUnstable && latestVersionUnstable ? versions.max : advertised.max
    return [{ apiKey: key, minVersion: advertised.min, maxVersion }]
  })
}

/**
 * Whether this is the broker that the client expects. The request must contain both cluster and
 * node, or neither.
 */
function checkAddress(
  { clusterId, nodeId }: RequestOf<typeof ApiVersions>,
  { brokerId, image }: BrokerServices,
): ErrorCode {
  if ((clusterId === null) !== (nodeId === NO_NODE_ID)) return ErrorCode.InvalidRequest
  if (clusterId === null) return ErrorCode.None
  return clusterId === image.clusterId && nodeId === brokerId
    ? ErrorCode.None
    : ErrorCode.RebootstrapRequired
}

function refused(errorCode: ErrorCode) {
  return { errorCode, apiKeys: [] }
}

/**
 * Returns the response to an unknown version of ApiVersions: the known versions, in the format of
 * version 0, which every client can read (KIP-511).
 */
export function unsupportedApiVersions(): ResponseBody<typeof ApiVersions> {
  const { min, max } = ApiVersions.current
  return {
    errorCode: ErrorCode.UnsupportedVersion,
    apiKeys: [{ apiKey: ApiVersions.key, minVersion: min, maxVersion: max }],
  }
}
