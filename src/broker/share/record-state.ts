/** The delivery states of a record, by the id that is stored (Kafka's `RecordState`). */
export const RecordState = {
  /** Can be acquired. */
  Available: 0,
  /** Locked for a member. */
  Acquired: 1,
  /** Accepted. */
  Acknowledged: 2,
  /** On the way to the dead-letter topic (KIP-1191). */
  Archiving: 3,
  /** Rejected, delivered too often, aborted, or before the start of the log. */
  Archived: 4,
} as const
export type RecordState = (typeof RecordState)[keyof typeof RecordState]

/** Returns the state with this id; `undefined` if there is none. */
export function recordStateOf(id: number): RecordState | undefined {
  return id >= RecordState.Available && id <= RecordState.Archived ? (id as RecordState) : undefined
}

/** Whether the delivery of a record in this state is complete. */
export function isTerminal(state: RecordState): boolean {
  return state === RecordState.Acknowledged || state === RecordState.Archived
}

/** Whether a record may change from one state to the other. */
export function canBecome(from: RecordState, to: RecordState): boolean {
  if (from === to || isTerminal(from)) return false
  return from !== RecordState.Available || to === RecordState.Acquired
}
