import type { Timer } from '../../platform/clock.ts'
import type { BrokerServices } from '../broker-services.ts'
import type { Partition } from '../partition.ts'
import type { PeerConnection } from '../pipeline/peer-connection.ts'
import type { Attempt } from '../purgatory.ts'

/** The first attempt at the fetch of a follower, which found no records. */
interface Waiting {
  readonly partitions: ReadonlySet<Partition>
  readonly owesHighWatermark: boolean
}

/** An attempt at the fetch of a follower. */
interface ReplicaAttempt<Result> extends Attempt<Result> {
  /** Whether the follower does not know the high watermark of a partition. */
  readonly owesHighWatermark: boolean
}

/**
 * Waits until there are records for a follower. It tries once per turn of the event loop, so that
 * all appends of a turn are one response. A high watermark that the follower does not know is no
 * reason to answer immediately, because the next records bring it; without records it leaves after
 * `maxWaitMs`. While nothing happens there is no timer.
 */
export function waitForLeader<Result>(
  { partitions, owesHighWatermark }: Waiting,
  maxWaitMs: number,
  { clock, turn }: Pick<BrokerServices, 'clock' | 'turn'>,
  connection: PeerConnection,
  attempt: () => ReplicaAttempt<Result>,
): Promise<Result> | Result {
  if (!connection.mayWait) return attempt().result()
  return new Promise((resolve) => {
    const watched = [...partitions]
    let next: Timer | undefined
    let limit: Timer | undefined
    const finish = (result: () => Result): void => {
      next?.cancel()
      limit?.cancel()
      connection.onWake(undefined)
      for (const partition of watched) partition.unwatchAppends(onProgress)
      resolve(result())
    }
    const release = (): void => finish(attempt().result)
    const retry = (): void => {
      next = undefined
      const { isComplete, result, ...rest } = attempt()
      if (isComplete) finish(result)
      else if (rest.owesHighWatermark) limit ??= clock.schedule(maxWaitMs, release)
    }
    const onProgress = (): void => {
      next ??= turn.after(retry)
    }
    connection.onWake(release)
    for (const partition of watched) partition.watchAppends(onProgress)
    if (owesHighWatermark) limit = clock.schedule(maxWaitMs, release)
  })
}
