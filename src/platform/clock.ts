/** A deadline that can be taken back. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void
}

/**
 * Where all time comes from. Nothing outside `platform/` reads the time or arms a timer in any other way,
 * so that a test can move the clock and a simulation can own it (Kafka's `Time`).
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Calls `callback` once, when `delayMs` milliseconds have passed. Never keeps the process alive. */
  schedule(delayMs: number, callback: () => void): Timer
}
