import type { Uuid } from '../../../platform/uuid.ts'

/** What a group committed for one partition (Kafka's `OffsetAndMetadata`). Times in milliseconds since the epoch. */
export interface CommittedOffset {
  readonly offset: number
  /** Of the last record consumed; -1 when the client did not say. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestampMs: number
  /** When it expires, if the client said (OffsetCommit before version 5); otherwise -1. */
  readonly expireTimestampMs: number
  /** Of the topic at the time of the commit; `ZERO_UUID` when not known. */
  readonly topicId: Uuid
}
