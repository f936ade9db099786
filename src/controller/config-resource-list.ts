import { ErrorCode } from '../protocol/error-code.ts'
import { ConfigResourceType } from '../protocol/config-resource.ts'
import type { MetadataImage } from './metadata-image.ts'
import type { ConfigResourceEntry } from './operations.ts'

/** In Kafka's order. */
const listed = [
  ConfigResourceType.Group,
  ConfigResourceType.ClientMetrics,
  ConfigResourceType.BrokerLogger,
  ConfigResourceType.Broker,
  ConfigResourceType.Topic,
]

/**
 * Returns the response to ListConfigResources (KIP-1142). An empty list of types means all types.
 *
 * @param listenerName the listener of the client: it gets the brokers that have it, fenced or not
 */
export function listConfigResources(
  image: MetadataImage,
  types: readonly number[],
  listenerName: string,
): { errorCode: ErrorCode; configResources: ConfigResourceEntry[] } {
  const known: readonly number[] = listed
  if (types.some((type) => !known.includes(type)))
    return { errorCode: ErrorCode.UnsupportedVersion, configResources: [] }
  const configResources = listed
    .filter((type) => types.length === 0 || types.includes(type))
    .flatMap((type) => namesOf(image, type, listenerName).map((name) => entry(type, name)))
  return { errorCode: ErrorCode.None, configResources }
}

function namesOf(
  image: MetadataImage,
  type: ConfigResourceType,
  listenerName: string,
): readonly string[] {
  switch (type) {
    case ConfigResourceType.Topic:
      return [...image.topics.keys()]
    case ConfigResourceType.Broker:
    case ConfigResourceType.BrokerLogger:
      return [...image.brokers.values()]
        .filter(({ endpoints }) => endpoints.some(({ name }) => name === listenerName))
        .map(({ id }) => String(id))
    case ConfigResourceType.Group:
    case ConfigResourceType.ClientMetrics:
      return image.configuredResources(type)
    case ConfigResourceType.Unknown:
      return []
  }
}

function entry(resourceType: ConfigResourceType, resourceName: string): ConfigResourceEntry {
  return { resourceName, resourceType }
}
