import { isDeepStrictEqual } from 'node:util'

/** The log is not what the model says. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement'
}

/** @throws Disagreement when the two differ */
export function agree(what: string, actual: unknown, expected: unknown): void {
  if (Object.is(actual, expected) || isDeepStrictEqual(actual, expected)) return
  disagree(`${what} is ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`)
}

/** @throws Disagreement */
export function disagree(message: string): never {
  throw new Disagreement(message)
}
