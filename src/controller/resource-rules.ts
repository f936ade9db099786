import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import { validateBrokerConfigs } from './broker-config-rules.ts'
import { validateClientMetricsConfigs } from './client-metrics-rules.ts'
import { ConfigResourceType, DEFAULT_BROKER } from '../protocol/config-resource.ts'
import { validateGroupConfigs } from './group-config-rules.ts'
import type { MetadataImage } from './metadata-image.ts'
import { validateTopicConfigs } from './topic-config-rules.ts'
import { invalidTopicName } from './topic-name.ts'

interface ResourceContext {
  readonly image: MetadataImage
  readonly brokerId: number
  readonly config: BrokerConfig
}

/** Returns the error if this broker cannot alter the resource, whatever the values are. */
export function resourceComplaint(
  { brokerId }: ResourceContext,
  type: number,
  name: string,
  hasLoggers: boolean,
): ApiError | undefined {
  switch (type) {
    case ConfigResourceType.Topic: {
      if (name === '') return invalidRequest('Default topic resources are not allowed.')
      const invalid = invalidTopicName(name)
      return invalid === undefined
        ? undefined
        : new ApiError(ErrorCode.InvalidTopicException, invalid)
    }
    case ConfigResourceType.Broker:
      if (name === DEFAULT_BROKER) return undefined
      return wrongNode(name, brokerId, 'broker id, expected')
    case ConfigResourceType.BrokerLogger:
      return hasLoggers
        ? wrongNode(name, brokerId, 'node id. Expected')
        : invalidRequest(`Unknown resource type ${type}`)
    case ConfigResourceType.Group:
      return name === '' ? invalidRequest('Default group resources are not allowed.') : undefined
    case ConfigResourceType.ClientMetrics:
      return name === '' ? invalidRequest("Subscription name can't be empty") : undefined
    default:
      return invalidRequest(`Unknown resource type ${type}`)
  }
}

/** Returns the error if the resource cannot have these configs. */
export function valuesComplaint(
  { image, config }: ResourceContext,
  type: ConfigResourceType,
  name: string,
  configs: ReadonlyMap<string, string>,
): ApiError | undefined {
  switch (type) {
    case ConfigResourceType.Topic:
      return (
        validateTopicConfigs(configs, config) ??
        (image.topics.has(name)
          ? undefined
          : new ApiError(ErrorCode.UnknownTopicOrPartition, `The topic '${name}' does not exist.`))
      )
    case ConfigResourceType.Broker:
      return validateBrokerConfigs(configs, config, name === DEFAULT_BROKER)
    case ConfigResourceType.Group:
      return validateGroupConfigs(configs, config)
    case ConfigResourceType.ClientMetrics:
      return validateClientMetricsConfigs(configs)
    case ConfigResourceType.BrokerLogger:
    case ConfigResourceType.Unknown:
      return undefined
  }
}

function wrongNode(name: string, brokerId: number, what: string): ApiError | undefined {
  if (!/^[+-]?\d+$/.test(name))
    return invalidRequest(`Node id must be an integer, but it is: ${name}`)
  return Number(name) === brokerId
    ? undefined
    : invalidRequest(`Unexpected ${what} ${brokerId}, but received ${Number(name)}`)
}

function invalidRequest(message: string): ApiError {
  return new ApiError(ErrorCode.InvalidRequest, message)
}
