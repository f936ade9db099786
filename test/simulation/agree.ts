import { isDeepStrictEqual } from 'node:util'

/** Thrown when the log differs from the model. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement'
}

/**
 * Compares two values.
 *
 * @throws Disagreement if they differ
 */
export function agree(what: string, actual: unknown, expected: unknown): void {
  if (Object.is(actual, expected) || isDeepStrictEqual(actual, expected)) return
  disagree(`${what} is ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`)
}

/**
 * Reports a difference.
 *
 * @throws Disagreement
 */
export function disagree(message: string): never {
  throw new Disagreement(message)
}
