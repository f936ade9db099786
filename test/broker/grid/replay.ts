import { describe, expect, test } from 'vitest'
import { startTestCluster } from '../../support/test-cluster.ts'
import type { ExchangeScene } from './exchange-scene.ts'
import { perform } from './perform.ts'
import { readRecording } from './recording.ts'
import type { Grid, Suite } from './scenario.ts'
import type { Stage } from './stage.ts'

/** The lines of each version. */
type Runs = ReadonlyMap<number, readonly string[]>

/**
 * Defines a test for each scenario, which compares Odradek with the recording of a real broker.
 *
 * @param expectedDifferences scenarios that must differ from Kafka, with the reason
 */
export function compareWithRecording<S extends ExchangeScene>(
  grid: Grid<S>,
  title: string,
  expectedDifferences: ReadonlyMap<string, string> = new Map(),
): void {
  describe(title, () => {
    for (const suite of grid.suites) {
      const recorded = readRecording(grid.recorded, suite.name)
      for (const scenario of suite.scenarios) {
        test(`${suite.name}: ${scenario.name}`, async () => {
          const stage = await startStage(grid, suite)
          const transcripts = await perform(grid, { ...suite, scenarios: [scenario] }, stage)
          const here = transcripts.get(scenario.name)!
          const kafka = recorded.get(scenario.name)!
          const isDifferent = expectedDifferences.has(scenario.name)
          if (isDifferent) expect(differences(kafka, here)).not.toEqual([])
          else expect(differences(kafka, here)).toEqual([])
          expect([...here.keys()]).toEqual([...kafka.keys()].toSorted((a, b) => a - b))
        })
      }
    }
  })
}

async function startStage<S extends ExchangeScene>(
  grid: Grid<S>,
  { setting }: Suite<S>,
): Promise<Stage> {
  const { cluster, clock, connect } = await startTestCluster({
    profile: 'faithful',
    config: { ...grid.config, ...setting.config },
  })
  const broker = cluster.broker(1)
  return {
    connect: () => connect(),
    nowMs: () => clock.now(),
    pass: (ms) => clock.advance(ms),
    kill: () => broker.kill(),
    stop: () => broker.stop(),
    start: () => broker.start(),
  }
}

/** Returns the first line of each run that is not Kafka's, with the line before it. */
function differences(kafka: Runs, here: Runs): object[] {
  return [...here].flatMap(([version, lines]) => {
    const expected = kafka.get(version) ?? []
    const length = Math.max(lines.length, expected.length)
    const at = Array.from({ length }).findIndex((_, index) => lines[index] !== expected[index])
    if (at === -1) return []
    return [{ version, after: lines[at - 1], kafka: expected[at], here: lines[at] }]
  })
}
