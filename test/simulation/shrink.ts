/** A history that steps can be left out of. */
interface Steps {
  readonly steps: readonly unknown[]
}

/** How a history fails. */
interface WithError {
  readonly error: Error
}

/**
 * Returns the same failure with as few steps as possible.
 *
 * @param run runs a history, and returns undefined when it does not fail
 */
export async function shrink<History extends Steps, Failure extends WithError>(
  history: History,
  failure: Failure,
  run: (history: History) => Promise<Failure | undefined>,
): Promise<{ history: History; failure: Failure }> {
  let smallest = { history, failure }
  for (let size = history.steps.length >> 1; size >= 1;) {
    let isSmaller = false
    for (let from = 0; from < smallest.history.steps.length;) {
      const steps = smallest.history.steps.filter(
        (_, index) => index < from || index >= from + size,
      )
      const candidate = { ...history, steps }
      const found = await run(candidate)
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

function kindOf({ error }: WithError): string {
  return error.message.replaceAll(/\d+/g, 'n').slice(0, 40)
}
