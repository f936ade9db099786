/** The states of a streams group, with their names in responses (Kafka's `StreamsGroupState`). */
export const StreamsGroupState = {
  /** It has no members. */
  Empty: 'Empty',
  /** Topics of its topology are missing, or have the wrong number of partitions. */
  NotReady: 'NotReady',
  /** Its target assignment must be computed again. */
  Assigning: 'Assigning',
  /** Members must still move to their target assignment. */
  Reconciling: 'Reconciling',
  /** All members have their target assignment. */
  Stable: 'Stable',
} as const
export type StreamsGroupState = (typeof StreamsGroupState)[keyof typeof StreamsGroupState]
