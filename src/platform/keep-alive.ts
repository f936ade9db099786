// Not the globals: test runners replace them, for browser environments and fake timers.
import { clearInterval, setInterval } from 'node:timers'

/** The longest interval of Node. */
const INTERVAL_MS = 2 ** 31 - 1

/**
 * Keeps the process alive, also while no socket is open and all timers are unreferenced. Returns a
 * function that ends this.
 */
export function keepProcessAlive(): () => void {
  const interval = setInterval(() => {}, INTERVAL_MS)
  return () => clearInterval(interval)
}
