import { invariant } from '../../../platform/invariant.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupStore } from '../group-store.ts'
import { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerGroupMetadata, ConsumerGroupRecord } from './consumer-records.ts'
import { makeConsumerGroup } from './make-consumer-group.ts'

/** Applies a record of a consumer group. */
export function replayConsumerRecord(
  store: GroupStore,
  record: ConsumerGroupRecord,
  context: GroupContext,
): void {
  const group = groupOf(store, record, context)
  if (group === undefined) return
  switch (record.kind) {
    case 'consumerGroupMetadata':
      return replayMetadata(store, group, record)
    case 'consumerGroupPartitionMetadata':
      group.hasPartitionMetadataRecord = record.exists
      return
    case 'consumerGroupMemberMetadata':
      return group.replayMember(record.memberId, record.metadata)
    case 'consumerGroupTargetMetadata':
      return group.replayTargetMetadata(record.metadata)
    case 'consumerGroupTargetMember':
      if (record.assigned === null) group.removeTarget(record.memberId)
      else group.setTarget(record.memberId, record.assigned)
      return
    case 'consumerGroupCurrentMember':
      return group.replayCurrent(record.memberId, record.current)
    case 'consumerGroupRegex':
      return group.replayRegex(record.regex, record.resolved)
  }
}

/** Creates the group if needed; tombstones do not. A group with only offsets becomes one. */
function groupOf(
  store: GroupStore,
  record: ConsumerGroupRecord,
  context: GroupContext,
): ConsumerGroup | undefined {
  const existing = store.get(record.groupId)
  if (existing instanceof ConsumerGroup) return existing
  if (isTombstone(record)) return undefined
  invariant(existing?.isEmpty ?? true, 'a consumer group replaces only an empty group')
  const group = makeConsumerGroup(record.groupId, context)
  store.put(group)
  return group
}

function isTombstone(record: ConsumerGroupRecord): boolean {
  switch (record.kind) {
    case 'consumerGroupMetadata':
    case 'consumerGroupMemberMetadata':
    case 'consumerGroupTargetMetadata':
      return record.metadata === null
    case 'consumerGroupPartitionMetadata':
      return !record.exists
    case 'consumerGroupTargetMember':
      return record.assigned === null
    case 'consumerGroupCurrentMember':
      return record.current === null
    case 'consumerGroupRegex':
      return record.resolved === null
  }
}

function replayMetadata(
  store: GroupStore,
  group: ConsumerGroup,
  { groupId, metadata }: ConsumerGroupMetadata,
): void {
  if (metadata === null) {
    invariant(group.members.size === 0, 'a group is deleted after its members')
    invariant(group.targetAssignment.size === 0, 'a group is deleted after its targets')
    return store.remove(groupId)
  }
  group.groupEpoch = metadata.epoch
  group.metadataHash = metadata.metadataHash
}
