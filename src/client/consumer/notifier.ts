import type { Clock } from '../../platform/clock.ts'
import { abortable, type Signals } from '../cancellation.ts'

/** Resolves the promises that wait for an event. */
export class Notifier {
  readonly #waiters = new Set<() => void>()

  /** Resolves all waits. */
  notify(): void {
    for (const wake of this.#waiters) wake()
  }

  /** Resolves at the next {@link notify} or at the given time. Cancels its timer. */
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
