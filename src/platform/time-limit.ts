// Not the globals: test runners replace them, for browser environments and fake timers.
import { clearTimeout, setTimeout } from 'node:timers'
import type { Timer } from './clock.ts'

/** The longest delay of `setTimeout`. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Calls back once, after `delayMs` milliseconds of real time. Unlike a clock it keeps the process
 * alive, so that a wait with a limit ends even if nothing else does. For limits on the waits of a
 * user's program, which a clock that stands still must not disable.
 */
export function realTimeLimit(delayMs: number, callback: () => void): Timer {
  const timeout = setTimeout(callback, Math.min(delayMs, MAX_TIMEOUT_MS))
  return { cancel: () => clearTimeout(timeout) }
}
