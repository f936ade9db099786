import type { Clock } from '../../platform/clock.ts'
import { abortable, type Signals } from '../cancellation.ts'

/** Wakes those who wait for something to happen. */
export class Notifier {
  readonly #waiters = new Set<() => void>()

  /** Wakes everybody who waits. */
  notify(): void {
    for (const wake of this.#waiters) wake()
  }

  /** Resolves at the next {@link notify}, or when the time is up. Leaves no timer behind. */
  async wait(clock: Clock, untilMs: number, signals: Signals): Promise<void> {
    let wake = (): void => {}
    const woken = new Promise<void>((resolve) => (wake = resolve))
    this.#waiters.add(wake)
    const timer = untilMs === Infinity ? undefined : clock.schedule(untilMs - clock.now(), wake)
    try {
      await abortable(woken, signals)
    } finally {
      timer?.cancel()
      this.#waiters.delete(wake)
    }
  }
}
