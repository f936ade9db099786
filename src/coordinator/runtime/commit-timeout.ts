import type { Clock } from '../../platform/clock.ts'

/**
 * Waits until records are committed, but not longer than a time. Resolves with false if they cannot
 * be committed here any more, and with `undefined` when the time is over: they may be committed
 * later.
 */
export async function committedInTime(
  committed: Promise<boolean>,
  timeoutMs: number,
  clock: Clock,
): Promise<boolean | undefined> {
  let expire: () => void = () => {}
  const expired = new Promise<undefined>((resolve) => (expire = () => resolve(undefined)))
  const timer = clock.schedule(timeoutMs, expire)
  const result = await Promise.race([committed, expired])
  timer.cancel()
  return result
}
