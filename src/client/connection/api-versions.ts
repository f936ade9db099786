import { ErrorCode } from '../../protocol/error-code.ts'
import { decodeResponseFrame } from '../../protocol/frame.ts'
import { ApiVersions } from '../../protocol/messages/index.ts'
import type { RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import { check } from '../client-error.ts'
import type { FeatureLevels } from './finalized-features.ts'

/** The versions that a broker serves, by API key. */
export type ServedVersions = ReadonlyMap<number, { readonly min: number; readonly max: number }>

/** The request for versions and features. */
export const apiVersionsRequest = { clientSoftwareName: 'odradek', clientSoftwareVersion: '0' }

/** The versions that a broker serves, and the features of its cluster. */
interface BrokerCapabilities {
  readonly versions: ServedVersions
  readonly features: FeatureLevels
}

/**
 * Requests the versions that a broker serves, and the features of its cluster. A broker that does
 * not know the latest version of the request responds in v0 with `UNSUPPORTED_VERSION` and its
 * versions; then it gets the request again in one of those (KIP-511).
 */
export async function negotiateVersions(
  exchange: (
    api: typeof ApiVersions,
    version: number,
    request: RequestInput<typeof ApiVersions>,
  ) => Promise<Uint8Array>,
): Promise<BrokerCapabilities> {
  const ask = async (version: number): Promise<ResponseOf<typeof ApiVersions>> => {
    const frame = await exchange(ApiVersions, version, apiVersionsRequest)
    const isUnsupported = errorCodeOf(frame) === ErrorCode.UnsupportedVersion
    return decodeResponseFrame(ApiVersions, isUnsupported ? 0 : version, frame).response
  }
  let response = await ask(ApiVersions.current.max)
  if (response.errorCode === ErrorCode.UnsupportedVersion) {
    const known = response.apiKeys.find(({ apiKey }) => apiKey === ApiVersions.key)
    response = await ask(Math.min(known?.maxVersion ?? 0, ApiVersions.current.max))
  }
  check(response.errorCode, 'asking for the API versions')
  const { apiKeys, finalizedFeatures, finalizedFeaturesEpoch } = response
  return {
    versions: new Map(
      apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
        apiKey,
        { min: minVersion, max: maxVersion },
      ]),
    ),
    features: {
      epoch: finalizedFeaturesEpoch,
      levels: new Map(
        finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]),
      ),
    },
  }
}

/** Returns the error code, which is after the correlation id in every version. */
function errorCodeOf(frame: Uint8Array): number {
  return frame.length < 6 ? 0 : (((frame[4]! << 8) | frame[5]!) << 16) >> 16
}
