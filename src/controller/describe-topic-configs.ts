import type { BrokerConfig } from './broker-config.ts'
import { ConfigSource } from '../protocol/config-resource.ts'
import { configTypeIds } from './config/config-def.ts'
import { renderConfig } from './config/config-value.ts'
import { topicConfigs } from './config/topic-configs.ts'
import { topicConfigSynonyms } from './config/topic-synonyms.ts'
import type { ConfigEntry, ConfigSynonym } from './config-entry.ts'
import type { CreatableTopicResult } from './operations.ts'
import { inheritedTopicConfig } from './topic-config.ts'
import type { TopicConfigName } from './topic-config.ts'

const names = (Object.keys(topicConfigs) as TopicConfigName[]).sort()

/**
 * Returns a topic's configs for DescribeConfigs. Internal configs are included only if they are
 * set, as they were written.
 */
export function describeTopicConfigs(
  overrides: ReadonlyMap<string, string>,
  broker: BrokerConfig,
): ConfigEntry[] {
  const shown = names.filter((name) => !topicConfigs[name].internal || overrides.has(name))
  return shown.map((name) => {
    const def = topicConfigs[name]
    const override = overrides.get(name)
    const value =
      override === undefined
        ? inheritedTopicConfig(name, broker)
        : def.internal
          ? override
          : renderConfig(name, def, override)
    const synonyms: ConfigSynonym[] = []
    if (override !== undefined) synonyms.push({ name, value, source: ConfigSource.TopicConfig })
    const brokerName = topicConfigSynonyms.get(name)
    if (brokerName !== undefined) synonyms.push(...broker.synonyms(brokerName))
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

/** Returns a new topic's configs for CreateTopics. */
export function describedTopicConfigs(
  overrides: ReadonlyMap<string, string>,
  broker: BrokerConfig,
): CreatableTopicResult['configs'] {
  return describeTopicConfigs(overrides, broker).map(
    ({ name, value, readOnly, configSource, isSensitive }) => ({
      name,
      value,
      readOnly,
      configSource,
      isSensitive,
    }),
  )
}
