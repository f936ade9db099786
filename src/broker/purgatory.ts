import type { Clock, Timer } from '../platform/clock.ts'
import { CLOSE_CONNECTION } from '../network/frame-handler.ts'
import type { RequestConnection } from '../network/request-connection.ts'
import type { Partition } from './partition.ts'

/**
 * One attempt at an operation: whether it is complete, and the function that returns its result.
 */
export interface Attempt<Result> {
  readonly isComplete: boolean
  readonly result: () => Result
}

/** Called when an operation begins to wait. Returns the function to call when it ends. */
type OnParked = (release: () => void) => () => void

/**
 * Waits in purgatory until progress on one of the partitions completes the operation, or until its
 * time is over (Kafka's `DelayedOperation`). When the connection closes, the operation is dropped.
 *
 * @param onParked gets the function that completes the operation as if its time were over
 */
export function waitForProgress<Result>(
  partitions: Iterable<Partition>,
  maxWaitMs: number,
  clock: Clock,
  connection: RequestConnection,
  attempt: () => Attempt<Result>,
  onParked: OnParked = () => () => {},
): Promise<Result | typeof CLOSE_CONNECTION> {
  if (connection.isClosed) return Promise.resolve(CLOSE_CONNECTION)
  return new Promise((resolve) => {
    const watched = [...partitions]
    const finish = (result: () => Result | typeof CLOSE_CONNECTION): void => {
      timer.cancel()
      stopListening()
      unpark()
      for (const partition of watched) partition.unwatch(onProgress)
      resolve(result())
    }
    const onProgress = (): void => {
      const { isComplete, result } = attempt()
      if (isComplete) finish(result)
    }
    const release = (): void => finish(attempt().result)
    const timer: Timer = clock.schedule(maxWaitMs, release)
    const unpark = onParked(release)
    const stopListening = connection.onClose(() => finish(() => CLOSE_CONNECTION))
    for (const partition of watched) partition.watch(onProgress)
  })
}
