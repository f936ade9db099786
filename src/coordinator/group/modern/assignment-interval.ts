import type { GroupContext } from '../group-context.ts'
import { areHeartbeatsSpread } from '../spread-heartbeats.ts'
import type { ModernGroup } from './modern-group.ts'
import type { ModernMember } from './modern-member.ts'

/**
 * Whether a group may compute its next target assignment now (Kafka's
 * `canComputeNextTargetAssignment`). An interval bounds how often it does.
 *
 * @param assignmentTimestampMs the time of the current target assignment; 0 for none
 */
export function canAssignNow(
  assignmentTimestampMs: number,
  assignmentIntervalMs: number,
  nowMs: number,
): boolean {
  if (assignmentTimestampMs === 0 || assignmentIntervalMs === 0) return true
  return nowMs >= assignmentTimestampMs + assignmentIntervalMs
}

/**
 * Whether a group has not computed a target assignment in this turn of the event loop. Only large
 * groups with the short heartbeat intervals of profile `test` are limited to one: if all their
 * members join at once, an assignment for each would cost the square of their number.
 */
export function canAssignInTurn<M extends ModernMember>(
  { turnNumber }: Pick<GroupContext, 'turnNumber'>,
  { members, assignmentTurn }: ModernGroup<M>,
  heartbeatIntervalMs: number,
): boolean {
  if (!areHeartbeatsSpread(heartbeatIntervalMs, members.size)) return true
  return turnNumber.current !== assignmentTurn
}
