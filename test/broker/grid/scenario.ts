import type { Configs } from '../../../src/index.ts'
import type { ExchangeScene } from './exchange-scene.ts'
import type { Setting, Stage } from './stage.ts'

/** Exchanges that are the same with every broker. */
export interface Scenario<S> {
  readonly name: string
  /** The API whose versions are compared. Default: one run, whose requests have fixed versions. */
  readonly api?: string
  readonly versions?: readonly number[]
  run(scene: S, version: number): Promise<void>
}

/** Scenarios for the same brokers. */
export interface Suite<S> {
  /** The name of the recording. */
  readonly name: string
  readonly setting: Setting
  /** Whether it does not share its broker with other suites. */
  readonly isAlone?: boolean
  readonly scenarios: readonly Scenario<S>[]
}

/** Suites about one subject. */
export interface Grid<S extends ExchangeScene> {
  /** The folder of the recordings. Ends in a slash. */
  readonly recorded: URL
  /** The configs of all brokers. */
  readonly config: Configs
  readonly suites: readonly Suite<S>[]
  /** Starts a scenario. The broker sees all names with the prefix. */
  openScene(stage: Stage, prefix: string): S
}

/** Returns the versions from the first to the last one. */
export function versions(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
