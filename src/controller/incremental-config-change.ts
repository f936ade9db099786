import type { AlterConfigOperation } from '../protocol/config-resource.ts'

/** A change of IncrementalAlterConfigs. */
export interface IncrementalConfigChange {
  readonly name: string
  /** A value of `AlterConfigOperation`; others are refused. */
  readonly configOperation: AlterConfigOperation | number
  readonly value: string | null
}
