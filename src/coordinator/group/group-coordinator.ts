import type { MetadataDelta } from '../../controller/metadata-image.ts'
import { CoordinatorRuntime } from '../runtime/coordinator-runtime.ts'
import type { InternalPartition } from '../runtime/internal-partition.ts'
import { AdminRequests } from './admin-requests.ts'
import { ClassicRequests } from './classic/classic-requests.ts'
import { ConsumerRequests } from './consumer/consumer-requests.ts'
import type { GroupEnvironment } from './group-context.ts'
import { GroupInspection } from './group-inspection.ts'
import { GroupPartitions } from './group-partitions.ts'
import type { GroupPartitionsOptions } from './group-partitions.ts'
import { groupRecords } from './group-records.ts'
import type { GroupRecord } from './group-records.ts'
import { GroupShard } from './group-shard.ts'
import { OffsetRequests } from './offsets/offset-requests.ts'
import { StreamsRequests } from './streams/streams-requests.ts'
import type { OffsetRequestsOptions } from './offsets/offset-requests.ts'
import { ShareRequests } from './share/share-requests.ts'
import type { ShareRequestsOptions } from './share/share-requests.ts'

/** The services that a {@link GroupCoordinator} uses. */
export interface GroupCoordinatorOptions
  extends
    GroupEnvironment,
    Pick<GroupPartitionsOptions, 'partitionCount'>,
    Pick<OffsetRequestsOptions, 'topics' | 'verifyTransaction'>,
    ShareRequestsOptions {
  /** Called when a partition cannot be loaded. Its groups answer NOT_COORDINATOR, as in Kafka. */
  readonly onLoadFailure: (partition: number, error: unknown) => void
}

/**
 * The group coordinator of one broker (Kafka's `GroupCoordinatorService`): groups and committed
 * offsets, stored in the partitions of `__consumer_offsets` that the broker leads.
 *
 * Its parts receive decoded requests and return response bodies. Differences between versions of a
 * request are handled there. Wire errors are values. A promise is returned only when a member waits
 * for its group, or a response for the disk.
 */
export class GroupCoordinator {
  readonly classic: ClassicRequests
  readonly consumer: ConsumerRequests
  readonly share: ShareRequests
  readonly offsets: OffsetRequests
  readonly admin: AdminRequests
  readonly inspection: GroupInspection
  readonly streams: StreamsRequests
  readonly #runtime: CoordinatorRuntime<GroupRecord, GroupShard>
  readonly #partitions: GroupPartitions

  constructor(options: GroupCoordinatorOptions) {
    this.#runtime = new CoordinatorRuntime({
      clock: options.clock,
      serde: groupRecords,
      baseSequence: 0,
      commitTimeoutMs: options.config.commitTimeoutMs,
      createShard: (writer) => new GroupShard(writer, options),
      onLoadFailure: options.onLoadFailure,
    })
    this.#partitions = new GroupPartitions({
      runtime: this.#runtime,
      partitionCount: options.partitionCount,
      bindsConnections: options.expireMembersOfClosedConnections,
    })
    this.classic = new ClassicRequests(this.#partitions, options.config)
    this.consumer = new ConsumerRequests(this.#partitions, options)
    this.share = new ShareRequests(this.#partitions, options)
    this.offsets = new OffsetRequests(this.#partitions, options)
    this.admin = new AdminRequests(this.#partitions, this.share)
    this.inspection = new GroupInspection(this.#partitions)
    this.streams = new StreamsRequests(this.#partitions)
  }

  /**
   * Returns the partition of `__consumer_offsets` to which a group belongs. The leader of the
   * partition is the group's coordinator.
   */
  partitionFor(groupId: string): number {
    return this.#partitions.indexOf(groupId)
  }

  /**
   * Called when this broker becomes the leader of the partition. Loads its groups, unless they are
   * loaded.
   */
  onElected(partition: InternalPartition): void {
    this.#runtime.onElected(partition)
  }

  /**
   * Called when this broker no longer leads the partition. Drops its groups, and answers waiting
   * requests with NOT_COORDINATOR.
   */
  onResigned(partition: number): void {
    this.#runtime.onResigned(partition)
  }

  /** Called after the image has changed: groups may have to assign partitions again. */
  onMetadataChanged(delta: MetadataDelta): void {
    if (delta.deletedTopics.size > 0) this.offsets.onTopicsDeleted(delta.deletedTopics)
    for (const partition of this.#partitions.loaded) partition.state.onMetadataChanged(delta)
    if (delta.deletedTopics.size > 0) this.share.onTopicsDeleted(delta.deletedTopics)
  }

  /** Answers all waiting requests with NOT_COORDINATOR, and stops all timers. */
  close(): void {
    this.#runtime.close()
  }
}
