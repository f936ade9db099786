import type { Clock } from './clock.ts'

/** Waits for a promise, but not longer than a time. Resolves with `undefined` when it is over. */
export async function withinTime<T>(
  promise: Promise<T>,
  timeoutMs: number,
  clock: Clock,
): Promise<T | undefined> {
  let expire: () => void = () => {}
  const expired = new Promise<undefined>((resolve) => (expire = () => resolve(undefined)))
  const timer = clock.schedule(timeoutMs, expire)
  const result = await Promise.race([promise, expired])
  timer.cancel()
  return result
}
