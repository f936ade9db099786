import { setMaxListeners } from 'node:events'
import type { Clock } from '../platform/clock.ts'
import { afterThisCall } from '../platform/turn.ts'
import { ClientError } from './client-error.ts'

/** Signals that end an operation: the caller's and that of `close()`. Absent ones are ignored. */
export type Signals = readonly (AbortSignal | undefined)[]

/** Returns the controller whose signal ends everything that a client does; any number of operations may listen to it. */
export function closingController(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

/** Throws the reason of the first signal that is aborted. */
export function throwIfAborted(signals: Signals): void {
  for (const signal of signals) if (signal?.aborted) throw abortError(signal)
}

/** Returns the error of an aborted signal: its reason where that is a {@link ClientError}, else `ABORTED`. */
export function abortError(signal: AbortSignal): ClientError {
  const { reason } = signal as { reason: unknown }
  if (reason instanceof ClientError) return reason
  return new ClientError('ABORTED', 'the operation was aborted', { cause: reason })
}

/** Settles as the promise does, or rejects as soon as a signal is aborted. Leaves no listener behind. */
export function abortable<T>(promise: Promise<T>, signals: Signals): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = onAbort(signals, reject)
    // After a signal nobody waits for the promise, and its failure does not count as unhandled.
    promise.then(resolve, reject).finally(stop)
  })
}

/** Resolves after a delay; rejects as soon as a signal is aborted. Leaves no timer and no listener behind. */
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

/** Calls back at most once, when the first signal is aborted. Returns how to stop listening. */
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
      // The callback may use what its caller is about to be given.
      afterThisCall(listener)
      return stop
    }
    signal.addEventListener('abort', listener)
    stops.push(() => signal.removeEventListener('abort', listener))
  }
  return stop
}
