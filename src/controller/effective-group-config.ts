import { groupConfigBounds } from './group-config-rules.ts'
import type { BrokerConfig } from './broker-config.ts'
import type { NameOfType } from './config/config-def.ts'
import type { ConfigValue } from './config/config-def.ts'
import { parseConfig } from './config/config-value.ts'
import { groupConfigs } from './config/group-configs.ts'
import { groupConfigSynonyms } from './config/group-synonyms.ts'

type GroupConfigs = typeof groupConfigs
type GroupConfigName = keyof GroupConfigs

/**
 * The configs of one group: those set for it, over the broker's configs and defaults (Kafka's
 * `GroupConfigManager`).
 */
export class EffectiveGroupConfig {
  readonly #own: ReadonlyMap<string, string>
  readonly #broker: BrokerConfig

  /** @param own the dynamic configs of the group, by name */
  constructor(own: ReadonlyMap<string, string>, broker: BrokerConfig) {
    this.#own = own
    this.#broker = broker
  }

  /** A value of the group outside the bounds of the broker counts as the bound (`evaluate`). */
  number(name: NameOfType<GroupConfigs, 'INT' | 'LONG'>): number {
    const value = this.#value(name) as number
    if (!this.#own.has(name)) return value
    const { min, max } = groupConfigBounds(name, this.#broker)
    return Math.min(Math.max(value, min), max)
  }

  boolean(name: NameOfType<GroupConfigs, 'BOOLEAN'>): boolean {
    return this.#value(name) as boolean
  }

  string(name: NameOfType<GroupConfigs, 'STRING'>): string {
    return this.#value(name) as string
  }

  list(name: NameOfType<GroupConfigs, 'LIST'>): readonly string[] {
    return this.#value(name) as readonly string[]
  }

  /** Whether the config is set for the group itself. */
  isOwn(name: GroupConfigName): boolean {
    return this.#own.has(name)
  }

  #value(name: GroupConfigName): ConfigValue {
    const def = groupConfigs[name]
    const synonym = groupConfigSynonyms.get(name)
    const inherited = synonym === undefined ? null : this.#broker.written(synonym)
    const written = this.#own.get(name) ?? inherited ?? def.default ?? ''
    const parsed = parseConfig(name, def, written)
    return 'invalid' in parsed ? written : parsed.value
  }
}
