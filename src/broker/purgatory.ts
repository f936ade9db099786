import type { Clock, Timer } from '../platform/clock.ts'
import type { RequestConnection } from '../network/request-connection.ts'
import type { Partition } from './partition.ts'

/** How an operation in purgatory finds out whether it is done, and what it answers when its time is up. */
export interface Attempt<Result> {
  readonly isComplete: boolean
  readonly result: () => Result
}

/**
 * Waits in purgatory until progress on one of the partitions completes the operation or the time is up, whichever is
 * first (Kafka's `DelayedOperation`). When the connection closes, the operation is dropped and never settles.
 */
export function waitForProgress<Result>(
  partitions: Iterable<Partition>,
  maxWaitMs: number,
  clock: Clock,
  connection: RequestConnection,
  attempt: () => Attempt<Result>,
): Promise<Result> {
  return new Promise((resolve) => {
    const watched = [...partitions]
    const leave = (): void => {
      timer.cancel()
      stopListening()
      for (const partition of watched) partition.unwatch(onProgress)
    }
    const onProgress = (): void => {
      const { isComplete, result } = attempt()
      if (isComplete) finish(result)
    }
    const finish = (result: () => Result): void => {
      leave()
      resolve(result())
    }
    const timer: Timer = clock.schedule(maxWaitMs, () => finish(attempt().result))
    const stopListening = connection.onClose(leave)
    for (const partition of watched) partition.watch(onProgress)
  })
}
