/** A scheduled deadline. Cancelling it twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void
}

/**
 * The source of time. Nothing outside `platform/` reads the time or schedules a timer in another
 * way, so that tests and simulations can control the clock (Kafka's `Time`).
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Calls `callback` once, after `delayMs` milliseconds. Never keeps the process alive. */
  schedule(delayMs: number, callback: () => void): Timer
}
