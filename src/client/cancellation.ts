import type { Clock } from '../platform/clock.ts'
import { onceAborted } from '../platform/abort-listeners.ts'
import { afterThisCall } from '../platform/turn.ts'
import { ClientError } from './client-error.ts'

/** Signals that end an operation: the caller's and that of `close()`. Absent ones are ignored. */
export type Signals = readonly (AbortSignal | undefined)[]

/** Throws the reason of the first signal that is aborted. */
export function throwIfAborted(signals: Signals): void {
  for (const signal of signals) if (signal?.aborted) throw abortError(signal)
}

/**
 * Returns the error of an aborted signal: its reason if that is a {@link ClientError}, otherwise
 * `ABORTED`.
 */
export function abortError(signal: AbortSignal): ClientError {
  const { reason } = signal as { reason: unknown }
  if (reason instanceof ClientError) return reason
  return new ClientError('ABORTED', 'the operation was aborted', { cause: reason })
}

/** Settles with the promise, or rejects as soon as a signal is aborted. Removes its listeners. */
export function abortable<T>(promise: Promise<T>, signals: Signals): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = onAbort(signals, reject)
    // After a signal the result of the promise is ignored, and its failure does not count as
    // unhandled.
    promise.then(resolve, reject).finally(stop)
  })
}

/**
 * Resolves after a delay, or rejects as soon as a signal is aborted. Removes its timer and
 * listeners.
 */
export function sleep(clock: Clock, delayMs: number, signals: Signals): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(delayMs, () => {
      stop()
      resolve()
    })
    const stop = onAbort(signals, (error) => {
      timer.cancel()
      reject(error)
    })
  })
}

/**
 * Calls back at most once, when the first signal is aborted. Returns a function that removes the
 * listeners.
 */
function onAbort(signals: Signals, callback: (error: ClientError) => void): () => void {
  const stops: (() => void)[] = []
  const stop = (): void => stops.forEach((each) => each())
  for (const signal of signals) {
    if (signal === undefined) continue
    const listener = (): void => {
      stop()
      callback(abortError(signal))
    }
    if (signal.aborted) {
      // The callback may use the return value of this function.
      afterThisCall(listener)
      return stop
    }
    stops.push(onceAborted(signal, listener))
  }
  return stop
}
