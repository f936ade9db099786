import { onceAborted } from '../platform/abort-listeners.ts'
import type { OdradekError } from '../platform/odradek-error.ts'
import { realTimeLimit } from '../platform/time-limit.ts'

/** How a wait ends without its event. */
export interface WaitLimits {
  readonly signal?: AbortSignal | undefined
  /** In milliseconds of real time; default no limit. */
  readonly timeoutMs?: number | undefined
  aborted(): OdradekError
  timedOut(timeoutMs: number): OdradekError
}

/** Ends a wait. */
export interface Settlement<T> {
  resolve(value: T): void
  reject(error: OdradekError): void
}

/**
 * Resolves with `current()` if it returns a value, otherwise when the subscriber settles. It
 * rejects when the signal aborts or the time is over. The subscription ends in each case.
 *
 * @param subscribe returns the function that ends the subscription; it settles later
 */
export function waitForEvent<T>(
  limits: WaitLimits,
  current: () => T | undefined,
  subscribe: (settlement: Settlement<T>) => () => void,
): Promise<T> {
  const { signal, timeoutMs = Infinity } = limits
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(limits.aborted())
    const value = current()
    if (value !== undefined) return resolve(value)
    const fail = (error: OdradekError): void => finish(() => reject(error))
    const unsubscribe = subscribe({
      resolve: (found) => finish(() => resolve(found)),
      reject: fail,
    })
    const stopListening = signal && onceAborted(signal, () => fail(limits.aborted()))
    const limit = Number.isFinite(timeoutMs)
      ? realTimeLimit(timeoutMs, () => fail(limits.timedOut(timeoutMs)))
      : undefined
    const finish = (settle: () => void): void => {
      unsubscribe()
      limit?.cancel()
      stopListening?.()
      settle()
    }
  })
}
