import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../protocol/error-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import type { BrokerLoggers } from './broker-loggers.ts'
import { ConfigResourceType, ConfigSource, DEFAULT_BROKER } from '../protocol/config-resource.ts'
import { clientMetricsConfigs } from './config/client-metrics-configs.ts'
import type { ConfigDef } from './config/config-def.ts'
import { configTypeIds } from './config/config-def.ts'
import { parseList, renderConfig } from './config/config-value.ts'
import { groupConfigs } from './config/group-configs.ts'
import { groupConfigSynonyms } from './config/group-synonyms.ts'
import { describeBrokerConfigs, describeClusterConfigs } from './describe-broker-configs.ts'
import { errorFields } from './error-fields.ts'
import { describeTopicConfigs } from './describe-topic-configs.ts'
import type { MetadataImage } from './metadata-image.ts'
import type { ConfigEntry, ConfigSynonym } from './config-entry.ts'
import type {
  DescribeConfigsOptions,
  DescribeConfigsResource,
  DescribeConfigsResult,
} from './operations.ts'
import { invalidTopicName } from './topic-name.ts'

export interface DescribeContext {
  readonly image: MetadataImage
  /** Of the broker that received the request. */
  readonly config: BrokerConfig
  /** Of the broker that received the request. */
  readonly loggers: BrokerLoggers
}

/**
 * Returns the results of DescribeConfigs (Kafka's `ConfigHelper`). As in Kafka, one unknown type of
 * resource refuses all of them.
 */
export function describeResources(
  context: DescribeContext,
  resources: readonly DescribeConfigsResource[],
  options: DescribeConfigsOptions,
): DescribeConfigsResult[] {
  const described = resources.map(({ resourceType, resourceName }) =>
    entriesOf(context, resourceType, resourceName, options.brokerId),
  )
  const isRefused = described.includes(unknownType)
  return resources.map((resource, index) =>
    resultOf(resource, isRefused ? unknownType : described[index]!, options),
  )
}

const unknownType = invalidRequest(errorMessage(ErrorCode.InvalidRequest))

function resultOf(
  { resourceType, resourceName, configurationKeys }: DescribeConfigsResource,
  described: ConfigEntry[] | ApiError,
  options: DescribeConfigsOptions,
): DescribeConfigsResult {
  if (described instanceof ApiError) {
    return { ...errorFields(described), resourceType, resourceName, configs: [] }
  }
  const wanted = configurationKeys?.length ? new Set(configurationKeys) : undefined
  const configs = described.filter(({ name }) => wanted === undefined || wanted.has(name))
  for (const entry of configs) {
    if (!options.includeSynonyms) entry.synonyms = []
    if (!options.includeDocumentation && resourceType !== ConfigResourceType.BrokerLogger)
      entry.documentation = null
  }
  return { errorCode: ErrorCode.None, errorMessage: '', resourceType, resourceName, configs }
}

function entriesOf(
  { image, config, loggers }: DescribeContext,
  type: number,
  name: string,
  brokerId: number,
): ConfigEntry[] | ApiError {
  switch (type) {
    case ConfigResourceType.Topic: {
      const invalid = invalidTopicName(name)
      if (invalid !== undefined) return new ApiError(ErrorCode.InvalidTopicException, invalid)
      if (!image.topics.has(name)) return new ApiError(ErrorCode.UnknownTopicOrPartition, '')
      return describeTopicConfigs(image.configs(type, name), config)
    }
    case ConfigResourceType.Broker:
      if (name === DEFAULT_BROKER) return describeClusterConfigs(config)
      return wrongBroker(name, brokerId, ' or empty string,') ?? describeBrokerConfigs(config)
    case ConfigResourceType.BrokerLogger:
      if (name === '') return invalidRequest('Broker id must not be empty')
      return wrongBroker(name, brokerId, '') ?? describeLoggers(loggers)
    case ConfigResourceType.Group:
      if (name === '') return invalidRequest('Group name must not be empty')
      return describeGroup(image.configs(type, name), config)
    case ConfigResourceType.ClientMetrics:
      if (name === '') return invalidRequest('Client metrics subscription name must not be empty')
      return describeClientMetrics(image.configs(type, name))
    default:
      return unknownType
  }
}

function wrongBroker(name: string, brokerId: number, or: string): ApiError | undefined {
  if (!/^[+-]?\d+$/.test(name))
    return invalidRequest(`Broker id must be an integer, but it is: ${name}`)
  return Number(name) === brokerId
    ? undefined
    : invalidRequest(`Unexpected broker id, expected ${brokerId}${or} but received ${Number(name)}`)
}

function invalidRequest(message: string | null): ApiError {
  return new ApiError(ErrorCode.InvalidRequest, message)
}

function describeGroup(
  overrides: ReadonlyMap<string, string>,
  broker: BrokerConfig,
): ConfigEntry[] {
  return describeTable(groupConfigs, overrides, ConfigSource.GroupConfig, (name, def) => {
    const brokerName = groupConfigSynonyms.get(name)
    if (brokerName !== undefined) return broker.synonyms(brokerName)
    return [{ name, value: def.default, source: ConfigSource.DefaultConfig }]
  })
}

function describeClientMetrics(overrides: ReadonlyMap<string, string>): ConfigEntry[] {
  const source = ConfigSource.ClientMetricsConfig
  return describeTable(clientMetricsConfigs, overrides, source, () => [])
}

function describeTable(
  table: Readonly<Record<string, ConfigDef>>,
  overrides: ReadonlyMap<string, string>,
  source: ConfigSource,
  inherited: (name: string, def: ConfigDef) => ConfigSynonym[],
): ConfigEntry[] {
  const shown = Object.entries(table).filter(([name, def]) => !def.internal || overrides.has(name))
  return shown.map(([name, def]) => {
    const synonyms = inherited(name, def)
    const override = overrides.get(name)
    const written = override ?? synonyms[0]?.value ?? def.default
    const value = written === null ? null : shownValue(name, def, written)
    if (override !== undefined) synonyms.unshift({ name, value, source })
    const configSource = synonyms[0]?.source ?? ConfigSource.DefaultConfig
    return {
      name,
      value,
      readOnly: false,
      isDefault: configSource === ConfigSource.DefaultConfig,
      configSource,
      isSensitive: false,
      synonyms,
      configType: configTypeIds[def.type],
      documentation: def.documentation,
    }
  })
}

/** Internal configs are returned as they were written. */
function shownValue(name: string, def: ConfigDef, written: string): string {
  return def.internal ? written : renderConfig(name, def, valueOf(def, written))
}

/** A STRING whose default is a broker's list of assignors uses the first one. */
function valueOf(def: ConfigDef, written: string): string {
  return def.type === 'STRING' && def.default === null ? (parseList(written)[0] ?? '') : written
}

function describeLoggers(loggers: BrokerLoggers): ConfigEntry[] {
  return [...loggers.levels].map(([name, value]) => ({
    name,
    value,
    readOnly: false,
    isDefault: false,
    configSource: ConfigSource.DynamicBrokerLoggerConfig,
    isSensitive: false,
    synonyms: [],
    configType: 0,
    documentation: '',
  }))
}
