import { wrongGroupConfigs } from './broker-group-rules.ts'
import { wrongCleanerBuffer } from './cleaner-config-rules.ts'
import { ConfigSource } from '../protocol/config-resource.ts'
import { brokerConfigDef, brokerConfigSynonyms, brokerConfigs } from './config/broker-configs.ts'
import type { BrokerConfigs } from './config/broker-configs.ts'
import type { ConfigDef, NameOfType } from './config/config-def.ts'
import { parseConfig, parseList } from './config/config-value.ts'
import type { ConfigValue } from './config/config-def.ts'
import type { ConfigSynonym } from './config-entry.ts'

/** The configs that were set dynamically, by config name. */
export interface DynamicConfigs {
  /** Of this broker. */
  readonly own: ReadonlyMap<string, string>
  /** Of all brokers. */
  readonly cluster: ReadonlyMap<string, string>
}

const NOTHING: DynamicConfigs = { own: new Map(), cluster: new Map() }

type NumberName = NameOfType<BrokerConfigs, 'INT' | 'SHORT' | 'LONG' | 'DOUBLE'>
type BooleanName = NameOfType<BrokerConfigs, 'BOOLEAN'>
type StringName = NameOfType<BrokerConfigs, 'STRING' | 'CLASS' | 'PASSWORD'>
type ListName = NameOfType<BrokerConfigs, 'LIST'>

/**
 * The configs of one broker: dynamic configs, over its properties, over the defaults (Kafka's
 * `KafkaConfig` with its `DynamicBrokerConfig`). Values are cached until the dynamic configs
 * change.
 */
export class BrokerConfig {
  readonly #properties: Map<string, string>
  #dynamic: DynamicConfigs = NOTHING
  readonly #values = new Map<string, ConfigValue | null>()

  /** @param properties valid properties; see {@link validateBrokerProperties} */
  constructor(properties: Readonly<Record<string, string>> = {}) {
    const all = new Map(Object.entries(properties))
    const id = all.get('node.id') ?? all.get('broker.id')
    if (id !== undefined) all.set('node.id', id).set('broker.id', id)
    this.#properties = all
  }

  /** The properties of the broker, by name. */
  get properties(): ReadonlyMap<string, string> {
    return this.#properties
  }

  /**
   * Adds valid properties that were unknown before the broker listened, such as those with its
   * port.
   */
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
   * Returns a numeric config; the largest LONG is `Infinity`. Throws if it is unset: configs in
   * other units have their own methods here.
   */
  number(name: NumberName): number {
    return required(name, this.#value(name)) as number
  }

  boolean(name: BooleanName): boolean {
    return required(name, this.#value(name)) as boolean
  }

  /** Returns `null` if unset. */
  string(name: StringName): string | null {
    return this.#value(name) as string | null
  }

  /** Returns an empty list if unset. */
  list(name: ListName): readonly string[] {
    return (this.#value(name) ?? []) as readonly string[]
  }

  /** Returns `log.retention.ms`, or minutes, or hours, in milliseconds; -1 for no limit. */
  logRetentionMs(): number {
    const retentionMs =
      this.#inMs('log.retention.ms', 1) ??
      this.#inMs('log.retention.minutes', 60_000) ??
      this.#inMs('log.retention.hours', 3_600_000)!
    return retentionMs < 0 ? -1 : retentionMs
  }

  /** Returns `log.roll.ms`, or hours, in milliseconds. */
  logRollMs(): number {
    return this.#inMs('log.roll.ms', 1) ?? this.#inMs('log.roll.hours', 3_600_000)!
  }

  /** Returns `log.roll.jitter.ms`, or hours, in milliseconds. */
  logRollJitterMs(): number {
    return this.#inMs('log.roll.jitter.ms', 1) ?? this.#inMs('log.roll.jitter.hours', 3_600_000)!
  }

  /**
   * Returns `log.flush.interval.ms`, or the interval of scheduled flushes; `Infinity` for never.
   */
  logFlushMs(): number {
    return this.#inMs('log.flush.interval.ms', 1) ?? this.number('log.flush.scheduler.interval.ms')
  }

  /**
   * Returns the value that is set or preset under exactly this name, as written; `null` if there is
   * none.
   */
  written(name: string): string | null {
    return (
      this.#dynamic.own.get(name) ??
      this.#dynamic.cluster.get(name) ??
      this.#properties.get(name) ??
      brokerConfigDef(name)?.default ??
      null
    )
  }

  /** Like {@link written}, without dynamic configs. */
  writtenAtStart(name: string): string | null {
    return this.#properties.get(name) ?? brokerConfigDef(name)?.default ?? null
  }

  /**
   * Returns the values of the config in all sources, highest priority first, as DescribeConfigs
   * returns them.
   */
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
    const parsed = written === null ? null : parseProperty(name, brokerConfigDef(name)!, written)
    // An invalid value has not passed validation: it was written directly into the metadata log.
    const value = parsed === null || 'invalid' in parsed ? null : parsed.value
    this.#values.set(name, value)
    return value
  }
}

/** A Java class that Kafka could load. Odradek loads none. */
const CLASS_NAME = /^[\w$]+(\.[\w$]+)*$/

/**
 * Returns Kafka's error messages for a broker's properties. Unknown names are not errors: plugins
 * may read them.
 */
export function validateBrokerProperties(properties: Readonly<Record<string, string>>): string[] {
  const complaints: string[] = []
  for (const [name, written] of Object.entries(properties)) {
    const def = brokerConfigDef(name)
    if (def === undefined || (def.type === 'CLASS' && CLASS_NAME.test(written))) continue
    const parsed = parseProperty(name, def, written)
    if ('invalid' in parsed) complaints.push(parsed.invalid)
  }
  if (complaints.length > 0) return complaints
  const valueOf = (name: string) => properties[name] ?? brokerConfigDef(name)!.default!
  const wrong = wrongGroupConfigs(valueOf) ?? wrongCleanerBuffer(valueOf)
  return wrong === undefined ? [] : [wrong]
}

/** Parses a value of a broker. A list may have duplicates, which Kafka removes with a warning. */
function parseProperty(
  name: string,
  def: ConfigDef,
  written: string,
): ReturnType<typeof parseConfig> {
  const isList = def.type === 'LIST'
  return parseConfig(name, def, isList ? withoutDuplicates(written) : written)
}

function withoutDuplicates(written: string): string {
  const items = parseList(written)
  const distinct = new Set(items)
  return distinct.size === items.length ? written : [...distinct].join(',')
}

function required(name: string, value: ConfigValue | null): ConfigValue {
  if (value === null) throw new Error(`${name} has no value`)
  return value
}
