import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import { nextAssignment } from './current-assignment.ts'
import { scheduleRebalanceTimeout } from './fence-member.ts'
import { hasDuplicates } from './has-duplicates.ts'
import type { HeartbeatDraft } from './heartbeat-draft.ts'
import {
  MemberState,
  currentAssignmentValueOf,
  isReconciledTo,
  sameCurrentAssignment,
} from './streams-member.ts'
import type { StreamsMember } from './streams-member.ts'
import { taskSetOf } from './tasks.ts'
import type { Tasks } from './tasks.ts'
import { rebalanceTimeoutKey } from './timer-keys.ts'

/** Moves the member towards its target assignment, and writes the step. */
export function reconcile(
  draft: HeartbeatDraft,
  member: StreamsMember,
  targetEpoch: number,
  target: Tasks,
): StreamsMember | ApiError {
  if (isReconciledTo(member, targetEpoch)) return member
  const { context, group, request, records } = draft
  const { groupId, owners } = group
  if (hasDuplicateSubtopologies(request)) return ApiError.of(ErrorCode.UnknownServerError)
  const owned = ownedTasks(request)
  const moved = nextAssignment(member, { targetEpoch, target, owners, owned })
  if (moved instanceof ApiError || sameCurrentAssignment(moved, member)) return moved
  const { memberId } = moved
  records.push({
    kind: 'streamsGroupCurrentMemberAssignment',
    groupId,
    memberId,
    value: currentAssignmentValueOf(moved),
  })
  if (moved.state === MemberState.UnrevokedTasks) scheduleRebalanceTimeout(context, groupId, moved)
  else context.timers.cancel(rebalanceTimeoutKey(groupId, memberId))
  return moved
}

/** Kafka's maps of tasks refuse a subtopology that is there twice. */
function hasDuplicateSubtopologies({
  activeTasks,
  standbyTasks,
  warmupTasks,
}: HeartbeatDraft['request']): boolean {
  const roles = [activeTasks ?? [], standbyTasks ?? [], warmupTasks ?? []]
  return roles.some((tasks) => hasDuplicates(tasks.map(({ subtopologyId }) => subtopologyId)))
}

function ownedTasks({
  activeTasks,
  standbyTasks,
  warmupTasks,
}: HeartbeatDraft['request']): Tasks | undefined {
  if (activeTasks === null || standbyTasks === null || warmupTasks === null) return undefined
  return {
    active: taskSetOf(activeTasks),
    standby: taskSetOf(standbyTasks),
    warmup: taskSetOf(warmupTasks),
  }
}
