import { backoffMs } from './backoff.ts'
import { abortable, sleep, throwIfAborted } from './cancellation.ts'
import type { Signals } from './cancellation.ts'
import { isRetriableError } from './client-error.ts'
import type { ClientSettings } from './client-options.ts'

/**
 * Runs an operation again while it fails with a transient error, such as a leader that has moved or
 * a connection that broke. Throws the last error after `retryTimeoutMs`, and other errors
 * immediately.
 */
export async function retry<T>(
  settings: ClientSettings,
  signals: Signals,
  operation: () => Promise<T>,
  timeoutMs = settings.retryTimeoutMs,
): Promise<T> {
  const { clock, random, retryBackoffMs, retryBackoffMaxMs } = settings
  const untilMs = clock.now() + timeoutMs
  for (let failures = 0; ; failures++) {
    throwIfAborted(signals)
    try {
      return await abortable(operation(), signals)
    } catch (error) {
      if (!isRetriableError(error) || clock.now() >= untilMs) throw error
      const pauseMs = backoffMs(retryBackoffMs, retryBackoffMaxMs, failures, random)
      await sleep(clock, Math.min(pauseMs, untilMs - clock.now()), signals)
    }
  }
}
