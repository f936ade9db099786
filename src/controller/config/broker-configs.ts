import { controllerConfigs } from './broker/controller.ts'
import { dynamicOnlyConfigs } from './broker/dynamic-only.ts'
import { groupsConfigs } from './broker/groups.ts'
import { logConfigs } from './broker/log.ts'
import { networkConfigs } from './broker/network.ts'
import { remoteStorageConfigs } from './broker/remote-storage.ts'
import { replicationConfigs } from './broker/replication.ts'
import { saslConfigs } from './broker/sasl.ts'
import { securityConfigs } from './broker/security.ts'
import { serverConfigs } from './broker/server.ts'
import { shareGroupsConfigs } from './broker/share-groups.ts'
import { streamsGroupsConfigs } from './broker/streams-groups.ts'
import { tlsConfigs } from './broker/tls.ts'
import { transactionsConfigs } from './broker/transactions.ts'
import type { ConfigDef, ConfigTable } from './config-def.ts'

const tables = [
  serverConfigs,
  networkConfigs,
  logConfigs,
  replicationConfigs,
  controllerConfigs,
  groupsConfigs,
  shareGroupsConfigs,
  streamsGroupsConfigs,
  transactionsConfigs,
  remoteStorageConfigs,
  securityConfigs,
  saslConfigs,
  tlsConfigs,
] as const

/** All tables merged into one type. */
type Merged<T> = (T extends unknown ? (table: T) => void : never) extends (table: infer M) => void
  ? M
  : never

/**
 * All configs that a broker's properties may contain (Kafka's `KafkaConfig`). They are merged by a
 * loop: spreading them into one literal costs V8 two milliseconds of every start.
 */
export const brokerConfigs: Merged<(typeof tables)[number]> = Object.assign({}, ...tables)

export type BrokerConfigs = typeof brokerConfigs
export type BrokerConfigName = keyof BrokerConfigs

const table: ConfigTable = brokerConfigs
const dynamicTable: ConfigTable = dynamicOnlyConfigs

const LISTENER_PREFIX = /^listener\.name\.[^.]+\./

/**
 * Returns the definition of a broker config, also of one that can only be set dynamically, or of
 * one for a single listener (`listener.name.<listener>.<config>`); `undefined` if Kafka has no such
 * config.
 */
export function brokerConfigDef(name: string): ConfigDef | undefined {
  return own(table, name) ?? own(dynamicTable, name) ?? own(table, withoutListener(name))
}

/** Returns the config that a listener's config overrides, or the name itself. */
export function withoutListener(name: string): string {
  return name.replace(LISTENER_PREFIX, '')
}

/**
 * Returns the configs that may supply the value of this one, highest priority first (Kafka's
 * `brokerConfigSynonyms`): the same config in other units, or for all listeners.
 */
export function brokerConfigSynonyms(name: string): readonly string[] {
  const group = synonyms.find((names) => names.includes(name))
  if (group !== undefined) return group
  if (name === 'log.flush.interval.ms') return [name, 'log.flush.scheduler.interval.ms']
  const base = withoutListener(name)
  return base === name ? [name] : [name, base]
}

const synonyms = [
  ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
  ['log.roll.ms', 'log.roll.hours'],
  ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
]

function own(configs: ConfigTable, name: string): ConfigDef | undefined {
  return Object.hasOwn(configs, name) ? configs[name] : undefined
}
