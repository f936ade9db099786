import type { ConfigSource } from '../protocol/config-resource.ts'

/** A config in a DescribeConfigs response. */
export interface ConfigEntry {
  name: string
  /** `null` when unset, and for sensitive configs. */
  value: string | null
  readOnly: boolean
  /** Only in DescribeConfigs v0; true if the value is not set. */
  isDefault: boolean
  configSource: ConfigSource
  isSensitive: boolean
  synonyms: ConfigSynonym[]
  /**
   * Kafka's `ConfigType` id: 1 BOOLEAN, 2 STRING, 3 INT, 4 SHORT, 5 LONG, 6 DOUBLE, 7 LIST, 8
   * CLASS, 9 PASSWORD.
   */
  configType: number
  documentation: string | null
}

/** One value that a config has in some source. */
export interface ConfigSynonym {
  name: string
  value: string | null
  source: ConfigSource
}
