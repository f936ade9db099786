// Not the globals: test runners replace them, for environments of browsers and for fake timers.
import { clearInterval, setInterval } from 'node:timers'

/** The longest interval that Node takes. */
const INTERVAL_MS = 2 ** 31 - 1

/** Keeps the process alive, also while no socket is open and all timers are unreferenced. Returns how to let it end. */
export function keepProcessAlive(): () => void {
  const interval = setInterval(() => {}, INTERVAL_MS)
  return () => clearInterval(interval)
}
