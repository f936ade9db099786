import { expect, test } from 'vitest'
import { scaled } from '../support/scale.ts'
import { historyOf } from './history.ts'
import { runHistory } from './run-history.ts'
import { shrink } from './shrink.ts'

/**
 * `SIMULATION_SEED=7` replays one history. `SIMULATION_FIRST_SEED=2500` runs other histories than
 * the default.
 */
const { SIMULATION_SEED, SIMULATION_FIRST_SEED = '0' } = process.env

const PER_TEST = 250
const first = Number(SIMULATION_SEED ?? SIMULATION_FIRST_SEED)
const end = SIMULATION_SEED === undefined ? first + scaled(2500) : first + 1
const ranges = Array.from({ length: Math.ceil((end - first) / PER_TEST) }, (_, index) => ({
  from: first + index * PER_TEST,
  to: Math.min(end, first + (index + 1) * PER_TEST) - 1,
}))

test.each(ranges)(
  'the log is what the model says through the histories $from to $to of appends, crashes and faults',
  async ({ from, to }) => {
    for (let seed = from; seed <= to; seed++) {
      const history = historyOf(seed)
      const failure = await runHistory(history)
      if (failure === undefined) continue
      const smallest = await shrink(history, failure, runHistory)
      expect.fail(
        [
          `SIMULATION_SEED=${seed}: ${failure.error.stack}`,
          `settings: ${JSON.stringify(history.settings)}`,
          `in ${smallest.history.steps.length} of ${history.steps.length} steps: ${smallest.failure.error.message}`,
          ...smallest.failure.trace,
        ].join('\n'),
      )
    }
  },
)
