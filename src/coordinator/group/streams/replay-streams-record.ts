import type { GroupContext } from '../group-context.ts'
import type { GroupStore } from '../group-store.ts'
import { makeStreamsGroup } from './make-streams-group.ts'
import { StreamsGroup } from './streams-group.ts'
import type { StreamsGroupRecord } from './streams-records.ts'
import { taskSetOf } from './tasks.ts'

/** Applies a record to its group, which is created if needed. */
export function replayStreamsRecord(
  store: GroupStore,
  record: StreamsGroupRecord,
  context: GroupContext,
): void {
  const group = groupOf(store, record, context)
  if (group === undefined) return
  switch (record.kind) {
    case 'streamsGroupMetadata':
      if (record.value === null) return store.remove(record.groupId)
      return group.replayMetadata(record.value)
    case 'streamsGroupTopology':
      return group.replayTopology(record.value)
    case 'streamsGroupTargetAssignmentMetadata':
      return group.replayTargetMetadata(record.value)
    case 'streamsGroupMemberMetadata':
      return group.replayMember(record.memberId, record.value)
    case 'streamsGroupTargetAssignmentMember':
      return group.replayTarget(
        record.memberId,
        record.value && {
          active: taskSetOf(record.value.activeTasks),
          standby: taskSetOf(record.value.standbyTasks),
          warmup: taskSetOf(record.value.warmupTasks),
        },
      )
    case 'streamsGroupCurrentMemberAssignment':
      return group.replayCurrentAssignment(record.memberId, record.value)
  }
}

/** A classic group that has only offsets is replaced. A deletion creates no group. */
function groupOf(
  store: GroupStore,
  { groupId, value }: StreamsGroupRecord,
  context: GroupContext,
): StreamsGroup | undefined {
  const existing = store.get(groupId)
  if (existing instanceof StreamsGroup) return existing
  if (value === null) return undefined
  const group = makeStreamsGroup(groupId, context)
  store.put(group)
  return group
}
