import { ApiError } from '../../protocol/api-error.ts'

/** The result of an operation, without a promise if there is nothing to wait for. */
export type Outcome<T> = T | ApiError | Promise<T | ApiError>

/** Returns the response of an operation, or the one that `refuse` creates from its error. */
export function settle<T extends object>(
  outcome: Outcome<T>,
  refuse: (error: ApiError) => T,
): T | Promise<T> {
  if (outcome instanceof Promise) return outcome.then((settled) => orRefuse(settled, refuse))
  return orRefuse(outcome, refuse)
}

/** Combines the results of several partitions, without a promise if all are available. */
export function whenAll<T, R>(
  answers: readonly (T | Promise<T>)[],
  combine: (answers: readonly T[]) => R,
): R | Promise<R> {
  if (answers.some((each) => each instanceof Promise)) return Promise.all(answers).then(combine)
  return combine(answers as readonly T[])
}

function orRefuse<T>(settled: T | ApiError, refuse: (error: ApiError) => T): T {
  return settled instanceof ApiError ? refuse(settled) : settled
}
