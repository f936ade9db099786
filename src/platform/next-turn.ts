// Not the globals: test runners replace them, for environments of browsers and for fake timers.
import { clearImmediate, setImmediate } from 'node:timers'
import type { Timer } from './clock.ts'

/** Resolves in a later turn of the event loop, when what has arrived meanwhile has had its own. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * Calls back when the sockets of this turn of the event loop have been read. Does not use the cluster's clock, which a
 * test may have stopped.
 */
export function afterThisTurn(callback: () => void): Timer {
  const immediate = setImmediate(callback)
  return { cancel: () => clearImmediate(immediate) }
}
