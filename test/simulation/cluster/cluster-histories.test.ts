import { expect, test } from 'vitest'
import { scaled } from '../../support/scale.ts'
import { historyOf } from './history.ts'
import { reportFailure } from './report-failure.ts'
import { runHistory } from './run-history.ts'

/**
 * `CLUSTER_SIMULATION_SEED=7` replays one history. `CLUSTER_SIMULATION_FIRST_SEED=1000` runs other
 * seeds than those of every run.
 */
const { CLUSTER_SIMULATION_SEED, CLUSTER_SIMULATION_FIRST_SEED = '0' } = process.env

const PER_TEST = 100
const first = Number(CLUSTER_SIMULATION_SEED ?? CLUSTER_SIMULATION_FIRST_SEED)
const end = CLUSTER_SIMULATION_SEED === undefined ? first + scaled(1000) : first + 1
const ranges = Array.from({ length: Math.ceil((end - first) / PER_TEST) }, (_, index) => ({
  from: first + index * PER_TEST,
  to: Math.min(end, first + (index + 1) * PER_TEST) - 1,
}))

test.each(ranges)(
  'clusters keep what they promise through the histories $from to $to of clients, crashes and faults',
  async ({ from, to }) => {
    for (let seed = from; seed <= to; seed++) {
      const failure = await runHistory(historyOf(seed))
      if (failure !== undefined) expect.fail(await reportFailure(seed, failure))
    }
  },
)

test('a seed gives the same history every time', async () => {
  const events = async (seed: number): Promise<readonly string[]> => {
    const trace: string[] = []
    await runHistory(historyOf(seed), (line) => trace.push(line))
    return trace
  }
  for (const seed of [3, 11, 26]) expect(await events(seed)).toEqual(await events(seed))
})
