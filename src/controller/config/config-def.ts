/**
 * A parsed value: a number for INT, SHORT, LONG and DOUBLE, `Infinity` for the largest LONG, a list
 * for LIST.
 */
export type ConfigValue = string | number | boolean | readonly string[]

/**
 * Returns Kafka's error message for a parsed value, or `undefined` if it is valid. `text` is the
 * value in Kafka's notation.
 */
export type Validator = (name: string, value: ConfigValue, text: string) => string | undefined

/** Ids of Kafka's config types in DescribeConfigs (`DescribeConfigsResponse.ConfigType`). */
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

/**
 * Whether the config can be changed at run time, per broker only or also for the whole cluster
 * (Kafka's `DynamicBrokerConfig`).
 */
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide'

/** A row of a config table (Kafka's `ConfigDef.ConfigKey`). */
export interface ConfigDef<T extends ConfigType = ConfigType> {
  readonly type: T
  readonly importance: Importance
  /** The default in Kafka's notation; `null` if the config has none. */
  readonly default: string | null
  /** The meaning, in one line. */
  readonly documentation: string
  readonly validator: Validator | null
  readonly updateMode: UpdateMode
  /** Kafka accepts it but does not describe it. */
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

/** "No limit" in a 32-bit config. */
export const INT_MAX = 2_147_483_647
/** "No limit" in a 64-bit config. A `number` cannot hold it exactly. */
export const LONG_MAX = '9223372036854775807'

/**
 * Returns a function that creates rows of one type: importance, default, meaning, allowed values.
 */
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
/** The name of a Java class. It can be described, but is not loaded. */
export const javaClass = rowsOf('CLASS')
/** A value that is never returned to clients. */
export const password = rowsOf('PASSWORD')

/** Marks a config that can be changed at run time, for one broker or for the whole cluster. */
export function clusterWide<T extends ConfigType>(def: ConfigDef<T>): ConfigDef<T> {
  return { ...def, updateMode: 'cluster-wide' }
}

/** Marks a config that can be changed at run time, for each broker separately. */
export function perBroker<T extends ConfigType>(def: ConfigDef<T>): ConfigDef<T> {
  return { ...def, updateMode: 'per-broker' }
}

/** Kafka accepts it but does not describe it. */
export function internal<T extends ConfigType>(def: ConfigDef<T>): ConfigDef<T> {
  return { ...def, internal: true }
}
