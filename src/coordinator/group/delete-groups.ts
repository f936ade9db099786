import { ErrorCode } from '../../protocol/error-code.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import type { GroupShard } from './group-shard.ts'
import { groupMetadataTombstone, offsetCommitTombstone } from './offsets-records.ts'
import type { OffsetsRecord } from './offsets-records.ts'

/** Deletes groups without members, with all that they committed; an error for each that could not be. */
export function deleteGroups(
  shard: GroupShard,
  groupIds: readonly string[],
): { groupId: string; errorCode: ErrorCode }[] {
  const results = groupIds.map((groupId) => ({ groupId, errorCode: validate(shard, groupId) }))
  const deletable = results.filter(({ errorCode }) => errorCode === ErrorCode.None)
  const records: OffsetsRecord[] = []
  for (const { groupId } of deletable) {
    for (const [topic, partitions] of shard.offsets.ofGroup(groupId)) {
      for (const partition of partitions.keys()) {
        records.push(offsetCommitTombstone(groupId, topic, partition))
      }
    }
    records.push(groupMetadataTombstone(groupId))
  }
  const errorCode = shard.append(records)
  for (const result of deletable) {
    result.errorCode = errorCode
    if (errorCode === ErrorCode.None) shard.removeGroup(result.groupId)
  }
  return results
}

function validate(shard: GroupShard, groupId: string): ErrorCode {
  const group = shard.groups.get(groupId)
  if (group === undefined) return ErrorCode.GroupIdNotFound
  return group.state === ClassicGroupState.Empty ? ErrorCode.None : ErrorCode.NonEmptyGroup
}
