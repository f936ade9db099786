import { RACK_AWARE_SELECTOR } from '../broker/replica-selector.ts'
import { brokerConfigDef } from '../controller/config/broker-configs.ts'
import type { BrokerConfigName } from '../controller/config/broker-configs.ts'
import { renderConfig } from '../controller/config/config-value.ts'
import {
  brokerConfigsWithEffect,
  topicConfigsWithEffect,
} from '../controller/config/effective-configs.ts'
import { topicConfigDef } from '../controller/topic-config.ts'
import { isOwnConfig } from './broker-properties.ts'
import { meantBrokerConfig } from './meant-config.ts'
import type { Configs } from './options.ts'
import type { ResolvedOptions } from './resolve-options.ts'

/** Configs that a start accepts although they have no effect. */
export interface ConfigWarning {
  readonly configs: readonly string[]
  /** One line with their names and a hint. */
  readonly message: string
}

/** Hints for some of the configs without effect. */
const hints: Partial<Record<BrokerConfigName, string>> = {
  'authorizer.class.name': 'all clients may send all requests',
  'create.topic.policy.class.name': 'use the option createTopicPolicy',
  'alter.config.policy.class.name': 'use the option alterConfigPolicy',
  'replica.selector.class': 'use the option replicaSelector',
  'remote.log.storage.system.enable': 'there is no tiered storage',
}

/** Returns the warnings to emit before a cluster starts with these options. */
export function configWarnings(options: ResolvedOptions): ConfigWarning[] {
  const given: [string, Configs[string]][] = [options.config, ...options.brokers.map(configOf)]
    .flatMap((configs) => Object.entries(configs))
    .filter(([name]) => !isOwnConfig(name))
  const unknown = unique(given.filter(([name]) => brokerConfigDef(name) === undefined))
  const effective = new Set(brokerConfigsWithEffect())
  // The functions replace the classes.
  if (options.replicaSelector === undefined && given.some(isUnknownSelector))
    effective.delete('replica.selector.class')
  if (options.createTopicPolicy !== undefined) effective.add('create.topic.policy.class.name')
  if (options.alterConfigPolicy !== undefined) effective.add('alter.config.policy.class.name')
  const idle = unique(
    given.filter(([name, value]) => !effective.has(name) && !isUnknownOrDefault(name, value)),
  )
  const idleOfTopics = unique(
    options.topics.flatMap(({ configs = {} }) => idleTopicConfigs(configs)),
  )
  return [
    ...warning('These broker configs are unknown to Kafka and have no effect', unknown, meantBy),
    ...warning('These broker configs have no effect yet', idle, hintOf),
    ...warning('These topic configs have no effect yet', idleOfTopics, hintOf),
  ]
}

function isUnknownSelector([name, value]: readonly [string, Configs[string]]): boolean {
  return name === 'replica.selector.class' && value !== RACK_AWARE_SELECTOR
}

function configOf({ config }: { readonly config: Configs }): Configs {
  return config
}

function isUnknownOrDefault(name: string, value: Configs[string]): boolean {
  const def = brokerConfigDef(name)
  return def === undefined || renderConfig(name, def, String(value)) === def.default
}

function idleTopicConfigs(configs: Configs): [string, Configs[string]][] {
  const effective = topicConfigsWithEffect()
  return Object.entries(configs).filter(([name, value]) => {
    const def = topicConfigDef(name)
    if (def === undefined || effective.has(name)) return false
    return renderConfig(name, def, String(value)) !== def.default
  })
}

function unique(given: readonly (readonly [string, unknown])[]): string[] {
  return [...new Set(given.map(([name]) => name))].sort()
}

function warning(
  what: string,
  configs: readonly string[],
  remark: (name: string) => string | undefined,
): ConfigWarning[] {
  if (configs.length === 0) return []
  const listed = configs.map((name) => {
    const said = remark(name)
    return said === undefined ? name : `${name} (${said})`
  })
  return [{ configs, message: `${what}: ${listed.join(', ')}` }]
}

function hintOf(name: string): string | undefined {
  return hints[name as BrokerConfigName]
}

function meantBy(name: string): string | undefined {
  const meant = meantBrokerConfig(name)
  return meant === undefined ? undefined : `did you mean ${meant}?`
}
