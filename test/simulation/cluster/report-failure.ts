import { shrink } from '../shrink.ts'
import { historyOf } from './history.ts'
import { runHistory, type Failure } from './run-history.ts'

/**
 * Returns the report of a seed that fails: the error, how to replay it, and the trace of the
 * smallest history that fails the same way.
 */
export async function reportFailure(seed: number, failure: Failure): Promise<string> {
  const history = historyOf(seed)
  const smallest = await shrink(history, failure, (candidate) => runHistory(candidate))
  const trace: string[] = []
  const again = await runHistory(smallest.history, (line) => trace.push(line))
  const kept = smallest.history.steps.map(({ kind }) => kind).join(', ')
  return [
    `CLUSTER_SIMULATION_SEED=${seed}: ${failure.error.stack}`,
    `with ${smallest.history.steps.length} of ${history.steps.length} steps (${kept}): ${again?.error.message}`,
    ...trace,
  ].join('\n')
}
