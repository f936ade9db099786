/** The offset or the epoch of a follower that has not fetched yet. */
export const UNKNOWN = -1

/** The position of a follower, as its Fetch tells the leader. */
export interface FollowerFetch {
  /** The follower has everything below this offset. */
  readonly fetchOffset: number
  readonly logStartOffset: number
  /** The epoch of the follower's broker; -1 if the request has none. */
  readonly brokerEpoch: number
}

/** The progress of one follower, as the leader sees it (Kafka's `Replica`). */
export class FollowerState {
  readonly brokerId: number
  #logEndOffset = UNKNOWN
  #logStartOffset = UNKNOWN
  #brokerEpoch = UNKNOWN
  /** The leader's log end offset at the last fetch, and the time of that fetch. */
  #leaderEndOffset = UNKNOWN
  #lastFetchMs = 0
  #lastCaughtUpMs = 0

  constructor(brokerId: number) {
    this.brokerId = brokerId
  }

  /** {@link UNKNOWN} before its first fetch from this leader. */
  get logEndOffset(): number {
    return this.#logEndOffset
  }

  /** {@link UNKNOWN} before its first fetch from this leader. */
  get logStartOffset(): number {
    return this.#logStartOffset
  }

  /** The epoch of its broker at its last fetch. */
  get brokerEpoch(): number {
    return this.#brokerEpoch
  }

  /** The last time at which it had all records of the leader, in milliseconds since the epoch. */
  get lastCaughtUpMs(): number {
    return this.#lastCaughtUpMs
  }

  /**
   * Starts over, because a leader epoch begins.
   *
   * @param isNewLeader whether another broker led before, so that nothing is known of the follower
   */
  reset(isNewLeader: boolean, isInSync: boolean, leaderEndOffset: number, nowMs: number): void {
    if (isNewLeader) {
      this.#logEndOffset = UNKNOWN
      this.#logStartOffset = UNKNOWN
      this.#brokerEpoch = UNKNOWN
    }
    this.#leaderEndOffset = isNewLeader ? UNKNOWN : leaderEndOffset
    this.#lastFetchMs = isInSync && !isNewLeader ? nowMs : 0
    this.#lastCaughtUpMs = isInSync ? nowMs : 0
  }

  /**
   * Notes a fetch. A follower that fetches the offset at which the leader ended at its previous
   * fetch had caught up at that time, even if the leader has appended since.
   */
  onFetch(fetch: FollowerFetch, leaderEndOffset: number, nowMs: number): void {
    const { fetchOffset } = fetch
    if (fetchOffset >= leaderEndOffset) this.#lastCaughtUpMs = Math.max(this.#lastCaughtUpMs, nowMs)
    else if (fetchOffset >= this.#leaderEndOffset)
      this.#lastCaughtUpMs = Math.max(this.#lastCaughtUpMs, this.#lastFetchMs)
    this.#logEndOffset = fetchOffset
    this.#logStartOffset = fetch.logStartOffset
    this.#brokerEpoch = fetch.brokerEpoch
    this.#leaderEndOffset = leaderEndOffset
    this.#lastFetchMs = nowMs
  }

  /** Whether it has all records of the leader, or had them less than `maxLagMs` ago. */
  isCaughtUp(leaderEndOffset: number, nowMs: number, maxLagMs: number): boolean {
    return this.#logEndOffset === leaderEndOffset || nowMs - this.#lastCaughtUpMs <= maxLagMs
  }
}
