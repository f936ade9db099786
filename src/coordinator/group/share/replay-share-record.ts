import { invariant } from '../../../platform/invariant.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupStore } from '../group-store.ts'
import { makeShareGroup } from './make-share-group.ts'
import { ShareGroup } from './share-group.ts'
import type { ShareGroupMetadata, ShareGroupRecord } from './share-records.ts'

/** Applies a record of a share group. */
export function replayShareRecord(
  store: GroupStore,
  record: ShareGroupRecord,
  context: GroupContext,
): void {
  const group = groupOf(store, record, context)
  if (group === undefined) return
  switch (record.kind) {
    case 'shareGroupMetadata':
      return replayMetadata(store, group, record)
    case 'shareGroupMemberMetadata':
      return group.replayMember(record.memberId, record.metadata)
    case 'shareGroupTargetMetadata':
      return group.replayTargetMetadata(record.metadata)
    case 'shareGroupTargetMember':
      if (record.assigned === null) group.removeTarget(record.memberId)
      else group.setTarget(record.memberId, record.assigned)
      return
    case 'shareGroupCurrentMember':
      return group.replayCurrent(record.memberId, record.current)
    case 'shareGroupStatePartitions':
      return group.replayStatePartitions(record.partitions)
  }
}

/** Creates the group if needed; tombstones do not. */
function groupOf(
  store: GroupStore,
  record: ShareGroupRecord,
  context: GroupContext,
): ShareGroup | undefined {
  const existing = store.get(record.groupId)
  if (existing instanceof ShareGroup) return existing
  if (isTombstone(record)) return undefined
  invariant(existing === undefined, 'a share group replaces no other group')
  const group = makeShareGroup(record.groupId, context)
  store.put(group)
  return group
}

function isTombstone(record: ShareGroupRecord): boolean {
  switch (record.kind) {
    case 'shareGroupMetadata':
    case 'shareGroupMemberMetadata':
    case 'shareGroupTargetMetadata':
      return record.metadata === null
    case 'shareGroupTargetMember':
      return record.assigned === null
    case 'shareGroupCurrentMember':
      return record.current === null
    case 'shareGroupStatePartitions':
      return record.partitions === null
  }
}

function replayMetadata(store: GroupStore, group: ShareGroup, record: ShareGroupMetadata): void {
  const { metadata } = record
  if (metadata === null) {
    invariant(group.isEmpty, 'a share group is deleted after its members')
    return store.remove(group.groupId)
  }
  group.groupEpoch = metadata.epoch
  group.metadataHash = metadata.metadataHash
}
