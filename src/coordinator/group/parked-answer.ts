import type { ApiError } from '../../protocol/api-error.ts'
import type { Outcome } from '../runtime/outcome.ts'

/**
 * Turns a reply that may come later into a value or a promise. A request that is answered
 * immediately does not wait for a turn of the event loop.
 *
 * @param run calls `reply` once, now or later
 * @param finish builds the response from the reply
 */
export function answer<T extends object>(
  run: (reply: (outcome: Outcome<T>) => void) => void,
  finish: (outcome: T | ApiError) => T,
): T | Promise<T> {
  let value: T | Promise<T> | undefined
  let resolve: ((value: T | Promise<T>) => void) | undefined
  run((outcome) => {
    const finished = outcome instanceof Promise ? outcome.then(finish) : finish(outcome)
    if (resolve === undefined) value = finished
    else resolve(finished)
  })
  if (value !== undefined) return value
  return new Promise((fulfil) => {
    resolve = fulfil
  })
}
