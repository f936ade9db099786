/** The interval up to which heartbeats are spread, in milliseconds. */
const MAX_SPREAD_MS = 1000

/** How much more often members send heartbeats that wait for their partitions. */
const WAITING_RATE = 4

/** Whether a group is too large for the configured heartbeat interval. */
export function areHeartbeatsSpread(configuredMs: number, memberCount: number): boolean {
  return configuredMs < spreadMs(memberCount)
}

/**
 * Returns the heartbeat interval of a member in milliseconds: the configured one, but at least a
 * millisecond for each member of its group. So the short intervals of profile `test` cost at most
 * 1000 requests per second and group, and more only while members wait for partitions. The
 * intervals that Kafka allows by default are never changed.
 *
 * @param isWaiting whether the member has joined just now, or does not have its target yet
 */
export function spreadHeartbeats(
  configuredMs: number,
  memberCount: number,
  isWaiting: boolean,
): number {
  const spread = spreadMs(memberCount)
  return Math.max(configuredMs, isWaiting ? Math.ceil(spread / WAITING_RATE) : spread)
}

function spreadMs(memberCount: number): number {
  return Math.min(memberCount, MAX_SPREAD_MS)
}
