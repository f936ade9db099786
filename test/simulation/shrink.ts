import type { History } from './history.ts'
import { type Failure, runHistory } from './run-history.ts'

/** Returns the same failure with as few steps as possible. */
export async function shrink(
  history: History,
  failure: Failure,
): Promise<{ history: History; failure: Failure }> {
  let smallest = { history, failure }
  for (let size = history.steps.length >> 1; size >= 1;) {
    let isSmaller = false
    for (let from = 0; from < smallest.history.steps.length;) {
      const steps = smallest.history.steps.filter(
        (_, index) => index < from || index >= from + size,
      )
      const candidate = { ...history, steps }
      const found = await runHistory(candidate)
      if (found === undefined || kindOf(found) !== kindOf(failure)) {
        from += size
        continue
      }
      smallest = { history: candidate, failure: found }
      isSmaller = true
    }
    if (!isSmaller || size === 1) size = size === 1 && isSmaller ? 1 : size >> 1
  }
  return smallest
}

function kindOf({ error }: Failure): string {
  return error.message.replaceAll(/\d+/g, 'n').slice(0, 40)
}
