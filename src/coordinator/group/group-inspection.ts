import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { Outcome } from '../runtime/outcome.ts'
import type { GroupPartitions } from './group-partitions.ts'
import type { Group } from './group.ts'
import type { CommittedOffset } from './offsets/committed-offset.ts'
import type { ByPartition } from './offsets/offset-table.ts'

/** A group with its committed offsets, in the memory of its coordinator. */
export interface CoordinatedGroup {
  readonly group: Group
  /** By topic and partition. */
  readonly offsets: ByPartition<CommittedOffset>
  /** Whether all changes of it are committed. */
  readonly isCommitted: boolean
}

/** Lets the program that runs the broker see its groups, and make them rebalance. */
export class GroupInspection {
  readonly #partitions: GroupPartitions

  constructor(partitions: GroupPartitions) {
    this.#partitions = partitions
  }

  /** The ids of the groups that this broker coordinates. */
  get groupIds(): readonly string[] {
    return [...this.#partitions.loaded].flatMap(({ state }) => [...state.groups.keys()])
  }

  /**
   * Returns a group; `undefined` if it does not exist, NOT_COORDINATOR if another broker
   * coordinates it.
   */
  find(groupId: string): CoordinatedGroup | undefined | ApiError {
    const partition = this.#partitions.of(groupId)
    if (partition instanceof ApiError) return partition
    const { groups, offsets } = partition.state
    const group = groups.get(groupId)
    if (group === undefined) return undefined
    const isCommitted = !(partition.whenCommitted(undefined) instanceof Promise)
    return { group, offsets: offsets.ofGroup(groupId), isCommitted }
  }

  /** Makes the members of a group rebalance. Returns an error if it does not exist. */
  rebalance(groupId: string, cause: string): Outcome<undefined> {
    const partition = this.#partitions.of(groupId)
    if (partition instanceof ApiError) return partition
    const group = partition.state.groups.get(groupId)
    if (group === undefined) return ApiError.of(ErrorCode.GroupIdNotFound)
    const { hooks } = partition.state.context
    if (group.type !== 'classic') hooks.rebalanced(groupId, group.snapshot().epoch + 1, cause)
    return partition.write(() => ({ records: group.rebalance(cause), response: undefined }))
  }
}
