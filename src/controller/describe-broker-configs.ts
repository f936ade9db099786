import type { BrokerConfig } from './broker-config.ts'
import { ConfigSource } from '../protocol/config-resource.ts'
import { brokerConfigDef, brokerConfigs, withoutListener } from './config/broker-configs.ts'
import type { BrokerConfigName } from './config/broker-configs.ts'
import { configTypeIds } from './config/config-def.ts'
import type { ConfigDef } from './config/config-def.ts'
import { renderConfig } from './config/config-value.ts'
import type { ConfigEntry } from './config-entry.ts'

const UNKNOWN_TYPE = 0

/**
 * Returns a broker's configs for DescribeConfigs: all that Kafka describes, and all others that are
 * set.
 */
export function describeBrokerConfigs(broker: BrokerConfig): ConfigEntry[] {
  const names = new Set<string>()
  for (const name of Object.keys(brokerConfigs)) {
    if (!brokerConfigs[name as BrokerConfigName].internal) names.add(name)
  }
  const { own, cluster } = broker.dynamic
  for (const configs of [broker.properties, cluster, own]) {
    for (const name of configs.keys()) names.add(name)
  }
  return [...names].sort().map((name) => describe(name, shownValue(name, broker), broker))
}

/**
 * For every broker, Kafka parses the configs that it describes. It returns the others (internal,
 * unknown or dynamic-only configs, and those of a single listener) as they were written.
 */
function shownValue(name: string, broker: BrokerConfig): string | null {
  const written = broker.written(name)
  const def = staticDef(name)
  return written === null || def === undefined || def.internal
    ? written
    : renderConfig(name, def, written)
}

/**
 * Returns the configs of all brokers, which DescribeConfigs returns for the broker with an empty
 * name.
 */
export function describeClusterConfigs(broker: BrokerConfig): ConfigEntry[] {
  return [...broker.dynamic.cluster.keys()].sort().map((name) => {
    const entry = describe(name, broker.dynamic.cluster.get(name)!, broker)
    const source = ConfigSource.DynamicDefaultBrokerConfig
    const synonyms = entry.synonyms.filter((synonym) => synonym.source === source)
    return { ...entry, synonyms, configSource: source, isDefault: false }
  })
}

/** @param value the value to return, unless it is sensitive */
function describe(name: string, value: string | null, broker: BrokerConfig): ConfigEntry {
  const def = brokerConfigDef(name)
  const base = withoutListener(name)
  const isSensitive = def === undefined || def.type === 'PASSWORD'
  const synonyms = broker
    .synonyms(name)
    .map((synonym) => (isSensitive ? { ...synonym, value: null } : synonym))
  const configSource = synonyms[0]?.source ?? ConfigSource.DefaultConfig
  return {
    name,
    value: isSensitive ? null : value,
    readOnly: def === undefined || base !== name || def.updateMode === 'read-only',
    isDefault: configSource === ConfigSource.DefaultConfig,
    configSource,
    isSensitive,
    synonyms,
    configType: def === undefined ? UNKNOWN_TYPE : configTypeIds[def.type],
    documentation: staticDef(name)?.documentation ?? null,
  }
}

/**
 * Returns the definition of a config that may be in a broker's properties under exactly this name.
 */
function staticDef(name: string): ConfigDef | undefined {
  return Object.hasOwn(brokerConfigs, name) ? brokerConfigs[name as BrokerConfigName] : undefined
}
