import type { Timer } from '../../platform/clock.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { LeaderRecovery, type PartitionRegistration } from '../../controller/metadata-image.ts'
import type { AlteredPartitionResult } from '../../controller/partitions/alter-partition.ts'
import type { Log } from '../../log/log.ts'
import { FollowerState, UNKNOWN, type FollowerFetch } from './follower-state.ts'
import type { ReplicationContext } from './replication-context.ts'

/** In-sync replicas that the controller has not accepted yet. */
interface PendingChange {
  readonly isr: readonly number[]
  readonly isExpansion: boolean
}

/**
 * The in-sync replicas of a partition with several replicas, on its leader: it follows the progress
 * of the followers, and asks the controller to add those that have caught up and to remove those
 * that lag (the part of Kafka's `Partition` that a leader uses).
 */
export class InSyncReplicas {
  readonly #log: Log
  readonly #context: ReplicationContext
  /** Called when the controller has changed the in-sync replicas. */
  readonly #onChanged: () => void
  #followers: readonly FollowerState[] = []
  #replicaCount = 0
  /** The in-sync replicas that the controller knows. */
  #isr: readonly number[] = []
  #pending: PendingChange | undefined
  #leaderEpoch = UNKNOWN
  #partitionEpoch = UNKNOWN
  #epochStartOffset = 0
  #lagTimer: Timer | undefined
  #isClosed = false

  constructor(log: Log, context: ReplicationContext, onChanged: () => void) {
    this.#log = log
    this.#context = context
    this.#onChanged = onChanged
  }

  /** The in-sync replicas that the controller knows. */
  get isr(): readonly number[] {
    return this.#isr
  }

  /**
   * Takes over the state of the partition from the metadata.
   *
   * @param isNewLeader whether another broker led before
   */
  update(registration: PartitionRegistration, isNewLeader: boolean): void {
    const { replicas, isr, leaderEpoch, partitionEpoch } = registration
    if (partitionEpoch <= this.#partitionEpoch) return
    const { brokerId, clock } = this.#context
    const isNewEpoch = leaderEpoch > this.#leaderEpoch
    this.#followers = replicas
      .filter((id) => id !== brokerId)
      .map((id) => this.follower(id) ?? new FollowerState(id))
    if (isNewEpoch) {
      this.#epochStartOffset = this.#log.logEndOffset
      for (const follower of this.#followers) {
        const isInSync = isr.includes(follower.brokerId)
        follower.reset(isNewLeader, isInSync, this.#epochStartOffset, clock.now())
      }
    }
    this.#replicaCount = replicas.length
    this.#leaderEpoch = leaderEpoch
    this.#partitionEpoch = partitionEpoch
    this.#commit(isr)
  }

  /** Returns a follower; `undefined` if the broker has no replica. */
  follower(brokerId: number): FollowerState | undefined {
    return this.#followers.find((follower) => follower.brokerId === brokerId)
  }

  /** Returns the in-sync followers whose logs have the offset, or end at it. */
  havingOffset(offset: number): FollowerState[] {
    return this.#followers.filter(
      ({ brokerId, logStartOffset, logEndOffset }) =>
        this.#isr.includes(brokerId) && logEndOffset >= offset && logStartOffset <= offset,
    )
  }

  /** Whether as many replicas are in sync as `min.insync.replicas` demands. */
  get areEnough(): boolean {
    return this.#isr.length >= this.#minInsyncReplicas
  }

  /**
   * Whether enough replicas have what is below the high watermark. A replica that is about to join
   * the in-sync replicas counts.
   */
  get haveEnough(): boolean {
    return this.#maximalIsr.length >= this.#minInsyncReplicas
  }

  /** Returns the smallest log start offset of all replicas, as far as it is known. */
  get lowWatermark(): number {
    const { logStartOffset } = this.#log
    return this.#followers
      .filter(({ brokerId }) => this.#context.image.isAlive(brokerId))
      .reduce((low, follower) => Math.min(low, follower.logStartOffset), logStartOffset)
  }

  /**
   * Returns the offset up to which all in-sync replicas have the records; `undefined` if there are
   * too few of them, so that nothing is committed. A follower that has caught up, and will join the
   * in-sync replicas, counts as well: otherwise the high watermark would stay ahead of it.
   *
   * @param ownEnd the offset up to which this broker has the records
   */
  highWatermark(ownEnd: number): number | undefined {
    if (!this.areEnough) return undefined
    const isr = this.#maximalIsr
    let smallest = ownEnd
    for (const follower of this.#followers) {
      if (follower.logEndOffset >= smallest) continue
      if (isr.includes(follower.brokerId) || this.#joinsSoon(follower))
        smallest = follower.logEndOffset
    }
    return smallest
  }

  /** Notes the fetch of a follower, which may join the in-sync replicas by it. */
  onFetch(follower: FollowerState, fetch: FollowerFetch): void {
    follower.onFetch(fetch, this.#log.logEndOffset, this.#context.clock.now())
    if (this.#pending !== undefined || this.#isr.includes(follower.brokerId)) return
    if (this.#hasCaughtUp(follower) && this.#isEligible(follower))
      this.#submit([...this.#isr, follower.brokerId])
  }

  /**
   * Looks at all followers. A follower that has caught up does not fetch again while nothing is
   * appended. So this is necessary when followers are held out, or no longer, and after each
   * change: others may have caught up during it.
   */
  review(): void {
    if (this.#pending !== undefined || this.#isClosed) return
    const remaining = this.#isr.filter((id) => !this.#isHeldOut(id))
    const back = this.#followers.filter(
      (follower) =>
        !this.#isr.includes(follower.brokerId) &&
        this.#hasCaughtUp(follower) &&
        this.#isEligible(follower),
    )
    if (remaining.length < this.#isr.length) this.#submit(remaining)
    else if (back.length > 0) this.#submit([...this.#isr, ...back.map(({ brokerId }) => brokerId)])
  }

  /** Called after an append: followers now lag until they have fetched it. */
  watchLag(): void {
    if (this.#lagTimer !== undefined || this.#isr.length <= 1 || this.#isClosed) return
    this.#scheduleLagCheck()
  }

  /** Stops everything, because this broker no longer leads the partition. */
  close(): void {
    this.#isClosed = true
    this.#pending = undefined
    this.#lagTimer?.cancel()
  }

  get #minInsyncReplicas(): number {
    return Math.min(this.#log.config.minInsyncReplicas, this.#replicaCount)
  }

  /** The replicas that are in sync, or may be: the controller's answer is not there yet. */
  get #maximalIsr(): readonly number[] {
    return this.#pending?.isExpansion === true ? this.#pending.isr : this.#isr
  }

  /** Whether a follower has everything that is committed, and a part of this leader epoch. */
  #hasCaughtUp({ logEndOffset }: FollowerState): boolean {
    return logEndOffset >= this.#log.highWatermark && logEndOffset >= this.#epochStartOffset
  }

  /**
   * Whether a follower may join: the controller would accept it, because it is in service and has
   * not restarted.
   */
  #isEligible({ brokerId, brokerEpoch }: FollowerState): boolean {
    const { image } = this.#context
    if (!image.isActive(brokerId) || this.#isHeldOut(brokerId)) return false
    return brokerEpoch === UNKNOWN || brokerEpoch === image.brokers.get(brokerId)?.epoch
  }

  #isHeldOut(brokerId: number): boolean {
    const { topicId, partition } = this.#log
    return this.#context.heldOut.has(topicId, partition, brokerId)
  }

  #joinsSoon(follower: FollowerState): boolean {
    const { clock, maxLagMs } = this.#context
    const isNear = follower.isCaughtUp(this.#log.logEndOffset, clock.now(), maxLagMs)
    return isNear && this.#isEligible(follower)
  }

  #scheduleLagCheck(): void {
    const { clock, maxLagMs } = this.#context
    const behind = this.#lagging()
    if (behind.length === 0) return
    const first = Math.min(...behind.map(({ lastCaughtUpMs }) => lastCaughtUpMs))
    const delayMs = Math.max(1, first + maxLagMs + 1 - clock.now())
    this.#lagTimer = clock.schedule(delayMs, () => {
      this.#lagTimer = undefined
      this.#shrink()
      this.#scheduleLagCheck()
    })
  }

  /** Returns the in-sync followers that do not have all records. */
  #lagging(): FollowerState[] {
    const { logEndOffset } = this.#log
    return this.#followers.filter(
      (follower) => follower.logEndOffset !== logEndOffset && this.#isr.includes(follower.brokerId),
    )
  }

  /** Removes the followers that have lagged for too long. */
  #shrink(): void {
    if (this.#pending !== undefined) return
    const { clock, maxLagMs } = this.#context
    const nowMs = clock.now()
    const lost = this.#lagging()
      .filter((follower) => nowMs - follower.lastCaughtUpMs > maxLagMs)
      .map(({ brokerId }) => brokerId)
    if (lost.length > 0) this.#submit(this.#isr.filter((id) => !lost.includes(id)))
  }

  /** Requests other in-sync replicas. They count when the controller has accepted them. */
  #submit(isr: readonly number[]): void {
    const change: PendingChange = { isr, isExpansion: isr.length > this.#isr.length }
    this.#pending = change
    const { brokerId, brokerEpoch, image, isrChanges } = this.#context
    const epochOf = (id: number): number =>
      id === brokerId
        ? brokerEpoch()
        : (this.follower(id)?.brokerEpoch ?? image.brokers.get(id)?.epoch ?? UNKNOWN)
    isrChanges.submit(
      this.#log.topicId,
      {
        partitionIndex: this.#log.partition,
        leaderEpoch: this.#leaderEpoch,
        newIsrWithEpochs: isr.map((id) => ({ brokerId: id, brokerEpoch: epochOf(id) })),
        // The log of the leader is the truth, also after an unclean election (KIP-704).
        leaderRecoveryState: LeaderRecovery.Recovered,
        partitionEpoch: this.#partitionEpoch,
      },
      (result) => this.#onAnswer(change, result),
    )
  }

  /** Returns whether the request must be repeated. */
  #onAnswer(change: PendingChange, result: AlteredPartitionResult): boolean {
    // The metadata may have told the result before, or something newer.
    if (this.#pending !== change) return false
    const { errorCode, isr, partitionEpoch, leaderEpoch } = result
    if (isRepeated(errorCode)) return true
    if (errorCode === ErrorCode.None) {
      if (leaderEpoch !== this.#leaderEpoch || partitionEpoch < this.#partitionEpoch) return false
      this.#partitionEpoch = partitionEpoch
      this.#commit(isr)
      this.#onChanged()
    } else if (isReset(errorCode)) {
      this.#pending = undefined
    }
    // After all other errors, this broker waits for newer metadata.
    return false
  }

  #commit(isr: readonly number[]): void {
    this.#isr = isr
    this.#pending = undefined
    this.watchLag()
    this.review()
  }
}

/** Whether the request was refused for a replica, so that the next fetch may try again. */
function isReset(errorCode: ErrorCode): boolean {
  return errorCode === ErrorCode.IneligibleReplica || errorCode === ErrorCode.OperationNotAttempted
}

/** Errors after which the leader does not know the state of the partition (Kafka's list). */
const outdated: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ErrorCode.UnknownTopicOrPartition,
  ErrorCode.UnknownTopicId,
  ErrorCode.FencedLeaderEpoch,
  ErrorCode.InvalidUpdateVersion,
  ErrorCode.InvalidRequest,
  ErrorCode.NewLeaderElected,
])

function isRepeated(errorCode: ErrorCode): boolean {
  return errorCode !== ErrorCode.None && !isReset(errorCode) && !outdated.has(errorCode)
}
