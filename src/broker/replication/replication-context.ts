import type { MetadataImage } from '../../controller/metadata-image.ts'
import type { Clock } from '../../platform/clock.ts'
import type { HeldOutReplicas } from './held-out-replicas.ts'
import type { IsrChanges } from './isr-changes.ts'

/** The parts of a broker that replicated partitions use. One object for all of them. */
export interface ReplicationContext {
  readonly brokerId: number
  /** Returns the current epoch of the broker. */
  readonly brokerEpoch: () => number
  readonly image: MetadataImage
  readonly clock: Clock
  readonly isrChanges: IsrChanges
  /** Followers that do not count. */
  readonly heldOut: HeldOutReplicas
  /** `replica.lag.time.max.ms`: an in-sync follower may lag for this time, in milliseconds. */
  readonly maxLagMs: number
}
