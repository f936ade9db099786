import type { Uuid } from '../../../platform/uuid.ts'

/**
 * A committed offset of a group for one partition (Kafka's `OffsetAndMetadata`). Times in
 * milliseconds since the epoch.
 */
export interface CommittedOffset {
  readonly offset: number
  /** The leader epoch of the last consumed record; -1 if the client did not send it. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestampMs: number
  /**
   * The expiry time, if the client sent a retention time (OffsetCommit before version 5); otherwise
   * -1.
   */
  readonly expireTimestampMs: number
  /** The topic id at the time of the commit; `ZERO_UUID` if unknown. */
  readonly topicId: Uuid
}
