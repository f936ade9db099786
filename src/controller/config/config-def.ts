import type { Validator } from './validators.ts'

/** Kafka's config types, with their ids in DescribeConfigs (`DescribeConfigsResponse.ConfigType`). */
export const configTypeIds = {
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  SHORT: 4,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
  CLASS: 8,
  PASSWORD: 9,
} as const

export type ConfigType = keyof typeof configTypeIds
export type Importance = 'high' | 'medium' | 'low'

/** Whether a running broker takes a new value, and for itself alone or also for all (Kafka's `DynamicBrokerConfig`). */
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide'

/** One row of a config table (Kafka's `ConfigDef.ConfigKey`). */
export interface ConfigDef<T extends ConfigType = ConfigType> {
  readonly type: T
  readonly importance: Importance
  /** As Kafka writes it; `null` when the config is unset unless somebody sets it. */
  readonly default: string | null
  /** What it does, in a line. */
  readonly documentation: string
  readonly validator: Validator | null
  readonly updateMode: UpdateMode
  /** Kafka knows it but does not describe it. */
  readonly internal: boolean
}

/** Definitions by config name. */
export type ConfigTable = Readonly<Record<string, ConfigDef>>

/** The names in a table whose configs have one of the types. */
export type NameOfType<Table, T extends ConfigType> = {
  [Name in keyof Table]: Table[Name] extends ConfigDef<infer U>
    ? U extends T
      ? Name
      : never
    : never
}[keyof Table] &
  string

/** "No limit" of a 32-bit config. */
export const INT_MAX = 2_147_483_647
/** "No limit" of a 64-bit config, which no `number` holds. */
export const LONG_MAX = '9223372036854775807'

/** Makes the rows of one type: importance, default, meaning, allowed values. */
function rowsOf<T extends ConfigType>(type: T) {
  return (
    importance: Importance,
    defaultValue: string | number | boolean | null,
    documentation: string,
    validator: Validator | null = null,
  ): ConfigDef<T> => ({
    type,
    importance,
    default: defaultValue === null ? null : String(defaultValue),
    documentation,
    validator,
    updateMode: 'read-only',
    internal: false,
  })
}

export const boolean = rowsOf('BOOLEAN')
export const string = rowsOf('STRING')
export const int = rowsOf('INT')
export const short = rowsOf('SHORT')
export const long = rowsOf('LONG')
export const double = rowsOf('DOUBLE')
export const list = rowsOf('LIST')
/** The name of a Java class: known to clients, loaded by nobody here. */
export const javaClass = rowsOf('CLASS')
/** Never shown to clients. */
export const password = rowsOf('PASSWORD')

/** May be changed while brokers run, for one broker or for all. */
export function clusterWide<T extends ConfigType>(def: ConfigDef<T>): ConfigDef<T> {
  return { ...def, updateMode: 'cluster-wide' }
}

/** May be changed while brokers run, for each broker by itself. */
export function perBroker<T extends ConfigType>(def: ConfigDef<T>): ConfigDef<T> {
  return { ...def, updateMode: 'per-broker' }
}

/** Kafka knows it but does not describe it. */
export function internal<T extends ConfigType>(def: ConfigDef<T>): ConfigDef<T> {
  return { ...def, internal: true }
}
