import { ErrorCode } from '../../protocol/error-code.ts'
import type { Decision } from '../runtime/coordinator-shard.ts'
import { offsetTombstone } from './group-records.ts'
import type { GroupRecord } from './group-records.ts'
import type { GroupState } from './group-state.ts'

export interface DeletedGroup {
  readonly groupId: string
  readonly errorCode: ErrorCode
}

/**
 * Deletes groups without members, with all of their committed offsets. Returns an error for each
 * group that could not be deleted.
 */
export function deleteGroups(
  state: GroupState,
  groupIds: readonly string[],
): Decision<GroupRecord, DeletedGroup[]> {
  const records: GroupRecord[] = []
  const response = groupIds.map((groupId) => {
    const group = state.groups.get(groupId)
    if (group === undefined) return { groupId, errorCode: ErrorCode.GroupIdNotFound }
    const error = group.validateDelete()
    if (error !== undefined) return { groupId, errorCode: error.errorCode }
    records.push(...tombstonesOfOffsets(state, groupId), ...group.tombstones())
    return { groupId, errorCode: ErrorCode.None }
  })
  return { records, response }
}

/**
 * Returns one tombstone for each partition that has an offset, committed or in an open transaction.
 */
function tombstonesOfOffsets({ offsets }: GroupState, groupId: string): GroupRecord[] {
  const records: GroupRecord[] = []
  for (const [topic, partitions] of offsets.ofGroup(groupId)) {
    for (const partition of partitions.keys()) {
      records.push(offsetTombstone(groupId, topic, partition))
    }
  }
  for (const [topic, partitions] of offsets.pendingOfGroup(groupId)) {
    for (const partition of partitions.keys()) {
      if (offsets.get(groupId, topic, partition) === undefined) {
        records.push(offsetTombstone(groupId, topic, partition))
      }
    }
  }
  return records
}
