import { wrongCleanerBuffer } from './cleaner-config-rules.ts'
import { ConfigSource } from './config-resource.ts'
import { brokerConfigDef, brokerConfigSynonyms, brokerConfigs } from './config/broker-configs.ts'
import type { BrokerConfigs } from './config/broker-configs.ts'
import type { NameOfType } from './config/config-def.ts'
import { parseConfig } from './config/config-value.ts'
import type { ConfigValue } from './config/config-def.ts'
import type { ConfigSynonym } from './config-entry.ts'

/** What has been set while the broker runs, by config name. */
export interface DynamicConfigs {
  /** For this broker. */
  readonly own: ReadonlyMap<string, string>
  /** For all brokers. */
  readonly cluster: ReadonlyMap<string, string>
}

const NOTHING: DynamicConfigs = { own: new Map(), cluster: new Map() }

type NumberName = NameOfType<BrokerConfigs, 'INT' | 'SHORT' | 'LONG' | 'DOUBLE'>
type BooleanName = NameOfType<BrokerConfigs, 'BOOLEAN'>
type StringName = NameOfType<BrokerConfigs, 'STRING' | 'CLASS' | 'PASSWORD'>
type ListName = NameOfType<BrokerConfigs, 'LIST'>

/**
 * The configs of one broker: what is set dynamically, over the properties it was started with, over the defaults
 * (Kafka's `KafkaConfig` with its `DynamicBrokerConfig`). Reads are cached until the dynamic configs change.
 */
export class BrokerConfig {
  readonly #properties: Map<string, string>
  #dynamic: DynamicConfigs = NOTHING
  readonly #values = new Map<string, ConfigValue | null>()

  /** @param properties valid ones; see {@link validateBrokerProperties} */
  constructor(properties: Readonly<Record<string, string>> = {}) {
    const all = new Map(Object.entries(properties))
    const id = all.get('node.id') ?? all.get('broker.id')
    if (id !== undefined) all.set('node.id', id).set('broker.id', id)
    this.#properties = all
  }

  /** The configs that the broker was started with, by name. */
  get properties(): ReadonlyMap<string, string> {
    return this.#properties
  }

  /** Adds valid properties that were not known before the broker listened, such as those with its port. */
  addProperties(properties: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(properties)) this.#properties.set(name, value)
    this.#values.clear()
  }

  get dynamic(): DynamicConfigs {
    return this.#dynamic
  }

  setDynamic(dynamic: DynamicConfigs): void {
    this.#dynamic = dynamic
    this.#values.clear()
  }

  /**
   * A numeric config; the largest LONG is `Infinity`. Unset ones throw: those that are in other units have a
   * method of their own here.
   */
  number(name: NumberName): number {
    return required(name, this.#value(name)) as number
  }

  boolean(name: BooleanName): boolean {
    return required(name, this.#value(name)) as boolean
  }

  /** `null` when unset. */
  string(name: StringName): string | null {
    return this.#value(name) as string | null
  }

  /** Empty when unset. */
  list(name: ListName): readonly string[] {
    return (this.#value(name) ?? []) as readonly string[]
  }

  /** `log.retention.ms`, or minutes, or hours; -1 for ever. */
  logRetentionMs(): number {
    const retentionMs =
      this.#inMs('log.retention.ms', 1) ??
      this.#inMs('log.retention.minutes', 60_000) ??
      this.#inMs('log.retention.hours', 3_600_000)!
    return retentionMs < 0 ? -1 : retentionMs
  }

  /** `log.roll.ms`, or hours. */
  logRollMs(): number {
    return this.#inMs('log.roll.ms', 1) ?? this.#inMs('log.roll.hours', 3_600_000)!
  }

  /** `log.roll.jitter.ms`, or hours. */
  logRollJitterMs(): number {
    return this.#inMs('log.roll.jitter.ms', 1) ?? this.#inMs('log.roll.jitter.hours', 3_600_000)!
  }

  /** `log.flush.interval.ms`, or how often flushes are scheduled; `Infinity` for never. */
  logFlushMs(): number {
    return this.#inMs('log.flush.interval.ms', 1) ?? this.number('log.flush.scheduler.interval.ms')
  }

  /** What is set or preset under exactly this name, as written; `null` when nothing is. */
  written(name: string): string | null {
    return (
      this.#dynamic.own.get(name) ??
      this.#dynamic.cluster.get(name) ??
      this.#properties.get(name) ??
      brokerConfigDef(name)?.default ??
      null
    )
  }

  /** As {@link written}, but as if nothing had been set dynamically. */
  writtenAtStart(name: string): string | null {
    return this.#properties.get(name) ?? brokerConfigDef(name)?.default ?? null
  }

  /** Every value the config has in some source, the strongest first, as DescribeConfigs lists them. */
  synonyms(name: string): ConfigSynonym[] {
    const names = brokerConfigSynonyms(name)
    const found: ConfigSynonym[] = []
    const collect = (
      source: ConfigSource,
      valueOf: (name: string) => string | null | undefined,
    ) => {
      for (const synonym of names) {
        const value = valueOf(synonym)
        if (value !== undefined && value !== null) found.push({ name: synonym, value, source })
      }
    }
    collect(ConfigSource.DynamicBrokerConfig, (synonym) => this.#dynamic.own.get(synonym))
    collect(ConfigSource.DynamicDefaultBrokerConfig, (synonym) =>
      this.#dynamic.cluster.get(synonym),
    )
    collect(ConfigSource.StaticBrokerConfig, (synonym) => this.#properties.get(synonym))
    collect(ConfigSource.DefaultConfig, (synonym) =>
      Object.hasOwn(brokerConfigs, synonym) ? brokerConfigDef(synonym)!.default : null,
    )
    const first = found.findIndex((synonym) => synonym.name === name)
    return first === -1 ? [] : found.slice(first)
  }

  #inMs(name: NumberName, unitMs: number): number | null {
    const value = this.#value(name) as number | null
    return value === null ? null : value * unitMs
  }

  #value(name: string): ConfigValue | null {
    const cached = this.#values.get(name)
    if (cached !== undefined) return cached
    const written = this.written(name)
    const parsed = written === null ? null : parseConfig(name, brokerConfigDef(name)!, written)
    // An invalid value cannot have passed validation: it was written by hand into the metadata log.
    const value = parsed === null || 'invalid' in parsed ? null : parsed.value
    this.#values.set(name, value)
    return value
  }
}

/** A Java class that Kafka could load. Odradek loads none. */
const CLASS_NAME = /^[\w$]+(\.[\w$]+)*$/

/**
 * Returns what is wrong with the properties a broker is to be started with, one message each, as Kafka words it. Names
 * that Kafka does not know are not wrong: plugins may read them.
 */
export function validateBrokerProperties(properties: Readonly<Record<string, string>>): string[] {
  const complaints: string[] = []
  for (const [name, written] of Object.entries(properties)) {
    const def = brokerConfigDef(name)
    if (def === undefined || (def.type === 'CLASS' && CLASS_NAME.test(written))) continue
    const parsed = parseConfig(name, def, written)
    if ('invalid' in parsed) complaints.push(parsed.invalid)
  }
  if (complaints.length > 0) return complaints
  const wrong = wrongCleanerBuffer((name) => properties[name] ?? brokerConfigDef(name)!.default!)
  return wrong === undefined ? [] : [wrong]
}

function required(name: string, value: ConfigValue | null): ConfigValue {
  if (value === null) throw new Error(`${name} has no value`)
  return value
}
