/**
 * The states of a classic group (Kafka's `ClassicGroupState`), with their names in DescribeGroups
 * and ListGroups.
 */
export const ClassicGroupState = {
  /** No members; there may be committed offsets. */
  Empty: 'Empty',
  /** Waiting for the members to join. */
  PreparingRebalance: 'PreparingRebalance',
  /** All members have joined; waiting for the leader's assignment. */
  CompletingRebalance: 'CompletingRebalance',
  /** All members have, or can fetch, an assignment. */
  Stable: 'Stable',
  /** This broker no longer coordinates the group. */
  Dead: 'Dead',
} as const
export type ClassicGroupState = (typeof ClassicGroupState)[keyof typeof ClassicGroupState]

const previousStates: Record<ClassicGroupState, readonly ClassicGroupState[]> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
  Dead: ['Empty', 'PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead'],
}

/** Whether a group may change from one state to another. */
export function isValidTransition(from: ClassicGroupState, to: ClassicGroupState): boolean {
  return previousStates[to].includes(from)
}
