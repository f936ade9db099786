// Not the globals: test runners replace them, for browser environments and fake timers.
import { clearImmediate, setImmediate } from 'node:timers'
import type { Timer } from './clock.ts'

/**
 * The turns of the event loop. Everything that happens in a later turn without a delay uses it, so
 * that a simulation can decide the order. It is not part of the clock, which a test may have
 * stopped.
 */
export interface Turn {
  /** Calls back once, when the sockets of this turn have been read. */
  after(callback: () => void): Timer
  /** Resolves in a later turn, after everything that is already waiting. */
  next(): Promise<void>
}

/** The turns of Node's event loop. */
export const systemTurn: Turn = {
  after: (callback) => {
    const immediate = setImmediate(callback)
    return { cancel: () => clearImmediate(immediate) }
  },
  next: () => new Promise((resolve) => setImmediate(resolve)),
}

/** Calls back when the current call has returned, before anything else happens in this turn. */
export function afterThisCall(callback: () => void): void {
  queueMicrotask(callback)
}
