import type { Random } from '../platform/random.ts'

const MULTIPLIER = 2
/** Kafka's 20 %, in thousandths. */
const JITTER = 200

/**
 * Returns the delay before the next attempt: it doubles with each failure up to a limit, and varies
 * by 20 %, so that clients do not reconnect at the same moment (Kafka's `ExponentialBackoff`).
 *
 * @param failures the number of failures before this one
 */
export function backoffMs(
  initialMs: number,
  maxMs: number,
  failures: number,
  random: Random,
): number {
  const term = Math.min(initialMs * MULTIPLIER ** Math.min(failures, 30), maxMs)
  const jitter = (random.int(2 * JITTER + 1) - JITTER) / 1_000
  return Math.min(maxMs, Math.round(term * (1 + jitter)))
}
