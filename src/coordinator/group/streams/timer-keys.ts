/** Returns the key of the timer after which a member that does not revoke its tasks is removed. */
export function rebalanceTimeoutKey(groupId: string, memberId: string): string {
  return `rebalance-timeout-${groupId}-${memberId}`
}

/** Returns the key of the timer during which the first assignment waits for more members. */
export function initialRebalanceKey(groupId: string): string {
  return `initial-rebalance-timeout-${groupId}`
}
