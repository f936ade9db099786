/** The states of a classic group (Kafka's `ClassicGroupState`), by the names that DescribeGroups and ListGroups show. */
export const ClassicGroupState = {
  /** No members; committed offsets may be kept. */
  Empty: 'Empty',
  /** Waiting for the members to join. */
  PreparingRebalance: 'PreparingRebalance',
  /** Everybody has joined; waiting for the leader's assignment. */
  CompletingRebalance: 'CompletingRebalance',
  /** Everybody has, or can fetch, an assignment. */
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

/** Whether a group may go from one state to another. */
export function isValidTransition(from: ClassicGroupState, to: ClassicGroupState): boolean {
  return previousStates[to].includes(from)
}
