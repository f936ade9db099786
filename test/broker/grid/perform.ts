import type { ExchangeScene } from './exchange-scene.ts'
import type { Grid, Suite } from './scenario.ts'
import type { Stage } from './stage.ts'

/** The lines of each run: by scenario, then by version. */
export type Transcripts = ReadonlyMap<string, ReadonlyMap<number, readonly string[]>>

/** Runs all scenarios of a suite. */
export async function perform<S extends ExchangeScene>(
  grid: Grid<S>,
  suite: Suite<S>,
  stage: Stage,
): Promise<Transcripts> {
  const warmUp = grid.openScene(stage, `${suite.name}-warm-up-`)
  await warmUp.isReady()
  for (const [feature, level] of Object.entries(suite.setting.features ?? {})) {
    await warmUp.setFeature(feature, level)
  }
  warmUp.close()
  const transcripts = new Map<string, Map<number, readonly string[]>>()
  // One after the other, because brokers verify concurrent transactions with one request.
  for (const [index, { name, versions = [0], run }] of suite.scenarios.entries()) {
    const runs = new Map<number, readonly string[]>()
    for (const version of versions) {
      const scene = grid.openScene(stage, `${suite.name}-${index}-${version}-`)
      await run(scene, version)
      scene.close()
      runs.set(version, scene.lines)
    }
    transcripts.set(name, runs)
  }
  return transcripts
}
