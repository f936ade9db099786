/** The states of a consumer group, with their names in ListGroups. */
export const ConsumerGroupState = {
  Empty: 'Empty',
  /** The group epoch is newer than the target assignment. */
  Assigning: 'Assigning',
  /** Some members have not reached their target assignment. */
  Reconciling: 'Reconciling',
  Stable: 'Stable',
} as const

export type ConsumerGroupState = (typeof ConsumerGroupState)[keyof typeof ConsumerGroupState]
