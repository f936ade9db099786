import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { coordinatorPartition } from '../java-hash.ts'
import type { CoordinatorRuntime } from '../runtime/coordinator-runtime.ts'
import type { PartitionRuntime } from '../runtime/partition-runtime.ts'
import type { GroupRecord } from './group-records.ts'
import type { GroupConnection } from './group-request-context.ts'
import type { GroupShard } from './group-shard.ts'

/** The groups of one partition of `__consumer_offsets`. */
export type GroupPartition = PartitionRuntime<GroupRecord, GroupShard>

/** Options of {@link GroupPartitions}. */
export interface GroupPartitionsOptions {
  readonly runtime: CoordinatorRuntime<GroupRecord, GroupShard>
  /**
   * Returns the number of partitions that `__consumer_offsets` has, or will have when it is
   * created.
   */
  readonly partitionCount: () => number
  /** Whether connections are bound to members. */
  readonly bindsConnections: boolean
}

/** Finds the partition of a group on the broker that coordinates it. */
export class GroupPartitions {
  readonly #options: GroupPartitionsOptions

  constructor(options: GroupPartitionsOptions) {
    this.#options = options
  }

  /** The partitions that this broker leads. */
  get loaded(): Iterable<GroupPartition> {
    return this.#options.runtime.partitions
  }

  /** Returns the index of the partition to which a group belongs. */
  indexOf(groupId: string): number {
    return coordinatorPartition(groupId, this.#options.partitionCount())
  }

  /** Returns a partition, or NOT_COORDINATOR if this broker does not lead it. */
  at(index: number): GroupPartition | ApiError {
    return this.#options.runtime.partition(index)
  }

  /** Returns the partition of a group, or NOT_COORDINATOR. */
  of(groupId: string): GroupPartition | ApiError {
    return this.at(this.indexOf(groupId))
  }

  /**
   * Returns the partition of a group that may have members. Only committed offsets may have the
   * empty group id.
   */
  ofMembers(groupId: string): GroupPartition | ApiError {
    return groupId === '' ? ApiError.of(ErrorCode.InvalidGroupId) : this.of(groupId)
  }

  /** Binds the connection to the member, whatever the response is. */
  bind(
    partition: GroupPartition | ApiError,
    { groupId, memberId }: { readonly groupId: string; readonly memberId: string },
    connection: GroupConnection,
  ): void {
    if (partition instanceof ApiError || !this.#options.bindsConnections) return
    partition.state.groups.get(groupId)?.bindConnection(memberId, connection)
  }
}
