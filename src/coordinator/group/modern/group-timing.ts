import type { GroupContext } from '../group-context.ts'
import { spreadHeartbeats } from '../spread-heartbeats.ts'
import { canAssignInTurn, canAssignNow } from './assignment-interval.ts'
import type { ModernGroup } from './modern-group.ts'
import type { ModernMember } from './modern-member.ts'

/** The times that the configs of a kind of group set. */
export interface GroupTiming {
  /** Returns the time without a heartbeat after which a member is removed from the group. */
  sessionTimeoutMs(context: ConfigContext, groupId: string): number
  /** Returns how often a member of the group sends heartbeats. */
  heartbeatIntervalMs<M extends ModernMember>(
    context: ConfigContext,
    group: ModernGroup<M>,
    isWaiting: boolean,
  ): number
  /** Whether the group may compute a target assignment now. */
  canAssign<M extends ModernMember>(
    context: GroupContext,
    group: ModernGroup<M>,
    nowMs: number,
  ): boolean
}

type ConfigContext = Pick<GroupContext, 'groupConfig'>

/** Returns the timing of groups of a kind, whose configs begin with its name. */
export function groupTiming(kind: 'consumer' | 'share'): GroupTiming {
  const configuredHeartbeatMs = ({ groupConfig }: ConfigContext, groupId: string): number =>
    groupConfig(groupId).number(`${kind}.heartbeat.interval.ms`)
  return {
    sessionTimeoutMs: ({ groupConfig }, groupId) =>
      groupConfig(groupId).number(`${kind}.session.timeout.ms`),
    heartbeatIntervalMs: (context, { groupId, members }, isWaiting) =>
      spreadHeartbeats(configuredHeartbeatMs(context, groupId), members.size, isWaiting),
    canAssign: (context, group, nowMs) => {
      const { groupId, assignmentTimestampMs } = group
      const intervalMs = context.groupConfig(groupId).number(`${kind}.assignment.interval.ms`)
      return (
        canAssignNow(assignmentTimestampMs, intervalMs, nowMs) &&
        canAssignInTurn(context, group, configuredHeartbeatMs(context, groupId))
      )
    },
  }
}
