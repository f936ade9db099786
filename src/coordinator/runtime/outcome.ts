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

/** Applies `map` to the result of an operation that succeeds. */
export function mapOutcome<T, R>(outcome: Outcome<T>, map: (result: T) => R): Outcome<R> {
  const mapped = (settled: T | ApiError): R | ApiError =>
    settled instanceof ApiError ? settled : map(settled)
  return outcome instanceof Promise ? outcome.then(mapped) : mapped(outcome)
}

/** Returns the outcome of `next` if an operation succeeds, otherwise its error. */
export function flatMapOutcome<T, R>(
  outcome: Outcome<T>,
  next: (result: T) => Outcome<R>,
): Outcome<R> {
  const follow = (settled: T | ApiError): Outcome<R> =>
    settled instanceof ApiError ? settled : next(settled)
  return outcome instanceof Promise ? outcome.then(follow) : follow(outcome)
}

/** Combines several results, without a promise if all are available. */
export function whenAll<T, R>(
  results: readonly (T | Promise<T>)[],
  combine: (results: readonly T[]) => R,
): R | Promise<R> {
  if (results.some((each) => each instanceof Promise)) return Promise.all(results).then(combine)
  return combine(results as readonly T[])
}

function orRefuse<T>(settled: T | ApiError, refuse: (error: ApiError) => T): T {
  return settled instanceof ApiError ? refuse(settled) : settled
}
