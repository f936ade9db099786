/**
 * The result of a request, or a promise of it if the metadata log or the channel to the controller
 * takes time.
 */
export type Answer<T> = T | Promise<T>

/** Applies `map` to an answer, without a promise if it is available. */
export function mapAnswer<T, R>(answer: Answer<T>, map: (settled: T) => R): Answer<Awaited<R>>
export function mapAnswer<T, R>(answer: Answer<T>, map: (settled: T) => R): R | Promise<R> {
  return answer instanceof Promise ? answer.then(map) : map(answer)
}

/** Returns all answers, without a promise if all are available. */
export function allAnswers<T>(answers: readonly Answer<T>[]): Answer<T[]> {
  const isThere = (answer: Answer<T>): answer is T => !(answer instanceof Promise)
  return answers.every(isThere) ? [...answers] : Promise.all(answers)
}
