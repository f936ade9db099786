import type { GroupContext } from '../group-context.ts'
import { ENDED_GRACE_MS, MemberSession, RECONNECT_GRACE_MS } from '../member-session.ts'
import { fenceMember, scheduleRebalanceTimeout } from './fence-member.ts'
import { StreamsGroup } from './streams-group.ts'
import { MemberState } from './streams-member.ts'
import { initialRebalanceKey } from './timer-keys.ts'

/** How long an expired member stays if its removal could not be written. */
const RETRY_BACKOFF_MS = 500

/** Returns a new group without members. */
export function makeStreamsGroup(groupId: string, context: GroupContext): StreamsGroup {
  return new StreamsGroup(groupId, {
    openSession: (group, memberId) => openSession(context, group, memberId),
    hasPartition: (topic, partition) => context.image.partition(topic, partition) !== undefined,
    onLoaded: (group) => startTimers(context, group),
    onDeleted: () => {
      context.timers.cancel(initialRebalanceKey(groupId))
      context.topologyDescriptions?.delete(groupId)
    },
  })
}

function openSession(context: GroupContext, group: StreamsGroup, memberId: string): MemberSession {
  const session = new MemberSession(context.clock, {
    expired: () => remove(`session of member ${memberId} expired`),
    disconnected: () => remove(`connection of member ${memberId} closed`),
    graceMs: (isEndedByClient) => (isEndedByClient ? ENDED_GRACE_MS : RECONNECT_GRACE_MS),
  })
  const remove = (cause: string): void => {
    const member = group.members.get(memberId)
    if (member === undefined) return
    const error = context.writer.append(fenceMember(context, group, member, cause))
    if (error !== undefined) session.renew(RETRY_BACKOFF_MS)
  }
  return session
}

function startTimers(context: GroupContext, group: StreamsGroup): void {
  const timeoutMs = context.groupConfig(group.groupId).number('streams.session.timeout.ms')
  for (const member of group.members.values()) {
    group.renewSession(member.memberId, timeoutMs)
    if (member.state === MemberState.UnrevokedTasks) {
      scheduleRebalanceTimeout(context, group.groupId, member)
    }
  }
}
