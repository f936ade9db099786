import type { AlterConfigOperation } from './config-resource.ts'

/** One change of IncrementalAlterConfigs. */
export interface IncrementalConfigChange {
  readonly name: string
  /** One of `AlterConfigOperation`; others are refused. */
  readonly configOperation: AlterConfigOperation | number
  readonly value: string | null
}
