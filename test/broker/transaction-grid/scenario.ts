import type { Scene } from './scene.ts'
import type { Setting } from './stage.ts'

/** Exchanges about transactions, which are the same with every broker. */
export interface Scenario {
  readonly name: string
  /** The API whose versions are compared. Default: one run, whose requests have fixed versions. */
  readonly api?: string
  readonly versions?: readonly number[]
  run(scene: Scene, version: number): Promise<void>
}

/** Scenarios for the same brokers. */
export interface Suite {
  /** The name of the recording. */
  readonly name: string
  readonly setting: Setting
  /** Whether it does not share its broker with other suites. */
  readonly isAlone?: boolean
  readonly scenarios: readonly Scenario[]
}

/** Returns the versions from the first to the last one. */
export function versions(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
