import { describe, expect, test } from 'vitest'
import { startTestCluster } from '../support/test-cluster.ts'
import { perform } from './transaction-grid/perform.ts'
import { readRecording } from './transaction-grid/recording.ts'
import type { Suite } from './transaction-grid/scenario.ts'
import { commonConfig, type Stage } from './transaction-grid/stage.ts'
import { suites } from './transaction-grid/suites.ts'

/** Scenarios that differ from Kafka, with the row of docs/differences.md. */
const expectedDifferences: ReadonlyMap<string, string> = new Map(
  [1, 2].map((protocol) => [
    `DeleteRecords into a batch of an open transaction (protocol ${protocol})`,
    'the last stable offset while the log starts within an open transaction',
  ]),
)

/** The lines of each version. */
type Runs = ReadonlyMap<number, readonly string[]>

async function startStage({ setting }: Suite): Promise<Stage> {
  const { cluster, clock, connect } = await startTestCluster({
    profile: 'faithful',
    config: { ...commonConfig, ...setting.config },
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

describe('exchanges about transactions are those of Kafka:', () => {
  for (const suite of suites) {
    const recorded = readRecording(suite.name)
    for (const scenario of suite.scenarios) {
      test(`${suite.name}: ${scenario.name}`, async () => {
        const stage = await startStage(suite)
        const transcripts = await perform({ ...suite, scenarios: [scenario] }, stage)
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
