import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import { RoleChange } from './role-change.ts'
import { MemberState } from './streams-member.ts'
import type { StreamsMember } from './streams-member.ts'
import type { TaskOwners } from './task-owners.ts'
import { hasTask, isEmpty, mergeActiveTasks, mergeTaskSets, noTasks, overlaps } from './tasks.ts'
import type { AssignedTasks, Tasks } from './tasks.ts'

/** The assignment to which a member shall move, and where the tasks are now. */
export interface Reconciliation {
  readonly targetEpoch: number
  readonly target: Tasks
  readonly owners: TaskOwners
  /** The tasks that the member has according to its request; undefined if it does not say. */
  readonly owned: Tasks | undefined
}

/**
 * Returns the member after its next step towards the target assignment (Kafka's
 * `CurrentAssignmentBuilder`), the same object if there is none now.
 *
 * First it revokes tasks that it shall not have. Then it gets those that are free: an active task
 * must be released by its previous owner, and a process has a task in one role only.
 */
export function nextAssignment(
  member: StreamsMember,
  reconciliation: Reconciliation,
): StreamsMember | ApiError {
  const { targetEpoch, owned } = reconciliation
  switch (member.state) {
    case MemberState.Stable:
      return member.memberEpoch === targetEpoch
        ? member
        : computeNext(member, member.memberEpoch, reconciliation)
    case MemberState.UnrevokedTasks:
      return isUnreleased(member.tasksPendingRevocation, owned)
        ? member
        : computeNext(member, member.memberEpoch + 1, reconciliation)
    case MemberState.UnreleasedTasks:
      return computeNext(member, member.memberEpoch, reconciliation)
    case MemberState.Unknown:
      return owned !== undefined && isEmpty(owned)
        ? computeNext(member, targetEpoch, reconciliation)
        : new ApiError(
            ErrorCode.FencedMemberEpoch,
            'The streams group member is in a unknown state. The member must abandon all its tasks and rejoin.',
          )
  }
}

function computeNext(
  member: StreamsMember,
  memberEpoch: number,
  { targetEpoch, target, owners, owned }: Reconciliation,
): StreamsMember {
  const { assignedTasks: current } = member
  const isBlocked = blockedTasks(member, owners)
  const active = new RoleChange(
    new Map([...current.active].map(([id, partitions]) => [id, [...partitions.keys()]])),
    target.active,
    isBlocked.active,
  )
  const standby = new RoleChange(current.standby, target.standby, isBlocked.standby)
  const warmup = new RoleChange(current.warmup, target.warmup, isBlocked.warmup)
  // A task that changes its role in the member needs no release by others.
  standby.grantAll(current.active)
  warmup.convertFrom(current.standby, standby)
  standby.convertFrom(current.warmup, warmup)
  // A task that becomes active stays a replica until then.
  standby.keepWhilePromoted(current.standby, target.active)
  warmup.keepWhilePromoted(current.warmup, target.active)
  const revoked: AssignedTasks = {
    active: epochsOf(active.revoked, current, targetEpoch),
    standby: standby.revoked,
    warmup: warmup.revoked,
  }
  const mustRevoke = !isEmpty(revoked) && isUnreleased(revoked, owned)
  standby.keepUnlessGranted(current.standby, target.active, mustRevoke ? undefined : active.granted)
  warmup.keepUnlessGranted(current.warmup, target.active, mustRevoke ? undefined : active.granted)
  const kept: AssignedTasks = {
    active: epochsOf(active.kept, current, targetEpoch),
    standby: standby.kept,
    warmup: warmup.kept,
  }
  if (mustRevoke) {
    return {
      ...movedTo(member, memberEpoch),
      state: MemberState.UnrevokedTasks,
      assignedTasks: kept,
      tasksPendingRevocation: revoked,
    }
  }
  const hasBlocked = active.hasBlocked || standby.hasBlocked || warmup.hasBlocked
  return {
    ...movedTo(member, targetEpoch),
    state: hasBlocked ? MemberState.UnreleasedTasks : MemberState.Stable,
    assignedTasks: {
      active: mergeActiveTasks(kept.active, epochsOf(active.granted, current, targetEpoch)),
      standby: mergeTaskSets(kept.standby, standby.granted),
      warmup: mergeTaskSets(kept.warmup, warmup.granted),
    },
    tasksPendingRevocation: noTasks,
  }
}

function movedTo(member: StreamsMember, memberEpoch: number): StreamsMember {
  return { ...member, memberEpoch, previousMemberEpoch: member.memberEpoch }
}

type TaskTest = (subtopologyId: string, partition: number) => boolean

/** Returns for each role which tasks the member cannot get yet. */
function blockedTasks(
  { processId, assignedTasks }: StreamsMember,
  owners: TaskOwners,
): { readonly active: TaskTest; readonly standby: TaskTest; readonly warmup: TaskTest } {
  const isActiveHere: TaskTest = (id, partition) => owners.active(id, partition) === processId
  const isStandbyOfNeighbor: TaskTest = (id, partition) =>
    owners.hasStandby(id, partition, processId) && !hasTask(assignedTasks.standby, id, partition)
  const isWarmupOfNeighbor: TaskTest = (id, partition) =>
    owners.hasWarmup(id, partition, processId) && !hasTask(assignedTasks.warmup, id, partition)
  return {
    active: (id, partition) =>
      owners.active(id, partition) !== undefined ||
      isStandbyOfNeighbor(id, partition) ||
      isWarmupOfNeighbor(id, partition),
    standby: (id, partition) =>
      (isActiveHere(id, partition) && !hasTask(assignedTasks.active, id, partition)) ||
      owners.hasStandby(id, partition, processId) ||
      isWarmupOfNeighbor(id, partition),
    warmup: (id, partition) =>
      isActiveHere(id, partition) ||
      isStandbyOfNeighbor(id, partition) ||
      owners.hasWarmup(id, partition, processId),
  }
}

function isUnreleased(pending: AssignedTasks, owned: Tasks | undefined): boolean {
  return owned === undefined || overlaps(owned, pending)
}

/** Adds the epochs to active tasks: those that the member had before keep theirs. */
function epochsOf(
  tasks: Tasks['active'],
  current: AssignedTasks,
  targetEpoch: number,
): AssignedTasks['active'] {
  return new Map(
    [...tasks].map(([id, partitions]) => [
      id,
      new Map(
        [...partitions].map((each) => [each, current.active.get(id)?.get(each) ?? targetEpoch]),
      ),
    ]),
  )
}
