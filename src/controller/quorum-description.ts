/** A voter of the metadata quorum, as its leader knows it. */
export interface VoterState {
  readonly replicaId: number
  /** The end of its copy of the log; -1 if it has not fetched from this leader. */
  readonly logEndOffset: number
  /** The time of its last fetch in milliseconds; -1 if it has not fetched from this leader. */
  readonly lastFetchTimestamp: number
  /** The last time at which it had the whole log, in milliseconds; -1 if it never had it. */
  readonly lastCaughtUpTimestamp: number
}

/** The state of the metadata quorum (Kafka's `LeaderState`). */
export interface QuorumDescription {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  /** All voters, running or not, in the order of their ids. */
  readonly voters: readonly VoterState[]
}

/** Returns the state of a voter that the leader has not heard of. */
export function unknownVoter(replicaId: number): VoterState {
  return { replicaId, logEndOffset: -1, lastFetchTimestamp: -1, lastCaughtUpTimestamp: -1 }
}

/** Returns the state of a voter that has the whole log. */
export function currentVoter(replicaId: number, logEndOffset: number, now: number): VoterState {
  return { replicaId, logEndOffset, lastFetchTimestamp: now, lastCaughtUpTimestamp: now }
}
