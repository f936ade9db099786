import type { MetadataImage } from '../../controller/metadata-image.ts'
import type { Clock } from '../../platform/clock.ts'
import type { ShareCoordinatorConfig } from './share-coordinator-config.ts'
import type { SharePartitionKey } from './share-partition-key.ts'
import type { SharePartitionState } from './share-partition-state.ts'

/** The parts of the share coordinator that do not depend on a partition. */
export interface ShareEnvironment {
  readonly clock: Clock
  readonly config: ShareCoordinatorConfig
  /** The topics that exist. */
  readonly topics: Pick<MetadataImage, 'topicsById'>
  /** Whether `share.version` is at least 1. Otherwise no periodic check runs. */
  readonly isEnabled: () => boolean
  /** Called when changes of the share partitions of a group are committed. Default: nothing. */
  readonly onChanged?: (groupId: string) => void
}

/** A share partition and what the coordinator knows about it. */
export interface SharePartition {
  readonly key: SharePartitionKey
  readonly state: SharePartitionState
  /** The highest leader epoch that was written. Lower ones are fenced. */
  readonly leaderEpoch: number
  /** The highest state epoch of a snapshot, 0 before the first. Lower ones are fenced. */
  readonly stateEpoch: number
  /** Updates since the last snapshot that was due. */
  readonly updateCount: number
}

/** The share partitions in one partition of `__share_group_state`. Handlers only read them. */
export interface ShareContext {
  readonly environment: ShareEnvironment
  readonly sharePartitions: Iterable<SharePartition>
  /** Returns a share partition, or `undefined` if it is not initialized. */
  find(key: SharePartitionKey): SharePartition | undefined
}
