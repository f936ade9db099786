/** The result of a request, or a promise of it where the metadata log or the way to the controller takes time. */
export type Answer<T> = T | Promise<T>

/** Returns what `map` makes of an answer, at once if it is there. */
export function mapAnswer<T, R>(answer: Answer<T>, map: (settled: T) => R): Answer<Awaited<R>>
export function mapAnswer<T, R>(answer: Answer<T>, map: (settled: T) => R): R | Promise<R> {
  return answer instanceof Promise ? answer.then(map) : map(answer)
}

/** Returns all answers, at once if all of them are there. */
export function allAnswers<T>(answers: readonly Answer<T>[]): Answer<T[]> {
  const isThere = (answer: Answer<T>): answer is T => !(answer instanceof Promise)
  return answers.every(isThere) ? [...answers] : Promise.all(answers)
}
