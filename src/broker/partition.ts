import type { PartitionRegistration } from '../controller/metadata-image.ts'
import { invariant } from '../platform/invariant.ts'
import type { Uuid } from '../platform/uuid.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { AppendError } from '../log/append-error.ts'
import type { Log } from '../log/log.ts'
import type { AppendInfo, AppendOptions } from '../log/log-types.ts'
import { CommitWaiters } from './commit-waiters.ts'
import type { FollowerFetch } from './replication/follower-state.ts'
import { InSyncReplicas } from './replication/in-sync-replicas.ts'
import type { ReplicationContext } from './replication/replication-context.ts'

/** Called when more or less of a partition can be read, or when it can no longer be read here. */
export type PartitionWatcher = (partition: Partition) => void

/**
 * The role of this broker for a partition. Only a leader appends records of clients and moves the
 * high watermark. A follower copies both from the leader.
 */
export type PartitionRole = 'leader' | 'follower'

/** The leader epoch of a replica that has no role yet. */
const NO_EPOCH = -1

/**
 * The replica of one partition on this broker (Kafka's `Partition`): its log, its role, its leader
 * epoch, and the operations that wait for it.
 */
export class Partition {
  readonly topic: string
  readonly topicId: Uuid
  readonly partition: number
  readonly log: Log
  readonly #context: ReplicationContext
  readonly #waiters = new CommitWaiters()
  #role: PartitionRole = 'follower'
  #leaderEpoch = NO_EPOCH
  /** The end of the log when this broker became the leader. */
  #epochStartOffset = 0
  /** Only on a leader with followers. */
  #replicas: InSyncReplicas | undefined
  #watchers: Set<PartitionWatcher> | undefined
  /** Followers whose fetches wait. */
  #followerWatchers: Set<PartitionWatcher> | undefined
  /** The sync that the high watermark waits for. */
  #commit: Promise<void> | undefined

  constructor(log: Log, context: ReplicationContext) {
    this.topic = log.topic
    this.topicId = log.topicId
    this.partition = log.partition
    this.log = log
    this.#context = context
    log.onRecordsRemoved(() => this.#notify())
  }

  get role(): PartitionRole {
    return this.#role
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  /** The replicas of a partition that this broker leads; `undefined` if it has the only one. */
  get inSyncReplicas(): InSyncReplicas | undefined {
    return this.#replicas
  }

  /**
   * Makes this broker the leader, or takes over a change of the partition that it leads. In a new
   * leader epoch, records that are appended carry it. Returns whether another broker led before.
   */
  makeLeader(registration: PartitionRegistration): boolean {
    const { leaderEpoch, replicas } = registration
    const isNewLeader = this.#role !== 'leader'
    invariant(leaderEpoch >= this.#leaderEpoch, 'leader epochs do not decrease')
    if (leaderEpoch > this.#leaderEpoch) {
      this.#leaderEpoch = leaderEpoch
      this.#epochStartOffset = this.log.logEndOffset
      this.log.assignEpochStart(leaderEpoch, this.#epochStartOffset)
    }
    this.#role = 'leader'
    if (replicas.length > 1) {
      this.#replicas ??= new InSyncReplicas(this.log, this.#context, () =>
        this.#advanceHighWatermark(),
      )
      this.#replicas.update(registration, isNewLeader)
    } else this.#closeReplicas()
    this.#advanceHighWatermark()
    return isNewLeader
  }

  /**
   * Makes this broker a follower. All operations that wait for it as the leader are answered.
   * Returns whether it led before.
   */
  makeFollower({ leaderEpoch }: PartitionRegistration): boolean {
    invariant(leaderEpoch >= this.#leaderEpoch, 'leader epochs do not decrease')
    const wasLeader = this.#role === 'leader'
    const isNewEpoch = leaderEpoch > this.#leaderEpoch
    this.#leaderEpoch = leaderEpoch
    this.#role = 'follower'
    if (wasLeader || isNewEpoch) this.#endWaits()
    return wasLeader
  }

  /** Called when this broker no longer has the partition. */
  resign(): void {
    this.#role = 'follower'
    this.#endWaits()
    this.#watchers = undefined
    this.#followerWatchers = undefined
  }

  /**
   * Returns an error unless the leader epoch that a client sent (-1: none) is current (KIP-320).
   */
  checkLeaderEpoch(currentLeaderEpoch: number): ApiError | undefined {
    if (currentLeaderEpoch === -1 || currentLeaderEpoch === this.#leaderEpoch) return undefined
    return currentLeaderEpoch < this.#leaderEpoch
      ? ApiError.of(ErrorCode.FencedLeaderEpoch)
      : ApiError.of(ErrorCode.UnknownLeaderEpoch)
  }

  /**
   * Whether a leader knows all that its predecessors have committed. Until its followers have
   * fetched, its high watermark may be an older one (KIP-207).
   */
  get knowsCommitted(): boolean {
    return this.log.highWatermark >= this.#epochStartOffset
  }

  /** Returns an error if too few replicas are in sync for an append with `acks=all`. */
  checkInSyncReplicas(): ApiError | undefined {
    return this.#replicas === undefined || this.#replicas.areEnough
      ? undefined
      : ApiError.of(ErrorCode.NotEnoughReplicas)
  }

  /**
   * Appends records of a producer or a coordinator to the log of the leader. They may be
   * acknowledged when {@link committed} says so, or with `acks=1` when {@link durable} does.
   */
  append(records: Uint8Array, options?: AppendOptions): AppendInfo | AppendError {
    const result = this.log.appendAsLeader(records, this.#leaderEpoch, options)
    if (result instanceof ApiError) return result
    if (this.#replicas === undefined) this.#advanceHighWatermark()
    else this.#onAppended(this.#replicas)
    return result
  }

  /**
   * Returns `undefined` when all records below `offset` are committed, which is the common case.
   * Otherwise returns a promise: true when they are committed, false when this broker cannot commit
   * them any more, because it no longer leads the partition or because its disk has failed.
   */
  committed(offset: number): Promise<boolean> | undefined {
    if (this.log.highWatermark >= offset) return undefined
    if (this.#role !== 'leader' || this.log.isOffline) return Promise.resolve(false)
    return this.#waiters.wait(offset)
  }

  /**
   * As {@link committed}, for records that only the leader must have: they are as durable as the
   * cluster requires.
   */
  durable(offset: number): Promise<boolean> | undefined {
    if (this.#replicas === undefined) return this.committed(offset)
    if (this.log.durability.durableOffset >= offset) return undefined
    return this.log.durability.commit()?.then(() => this.log.durability.durableOffset >= offset)
  }

  /** Takes the fetch of a follower into account. Returns the error if it is refused. */
  onFollowerFetch(brokerId: number, fetch: FollowerFetch, hasEpoch: boolean): ApiError | undefined {
    const follower = this.#replicas?.follower(brokerId)
    if (follower === undefined) {
      const errorCode = hasEpoch ? ErrorCode.UnknownLeaderEpoch : ErrorCode.NotLeaderOrFollower
      return ApiError.of(errorCode)
    }
    const currentEpoch = this.#context.image.brokers.get(brokerId)?.epoch
    // The broker has started again meanwhile.
    if (fetch.brokerEpoch !== -1 && currentEpoch !== undefined && fetch.brokerEpoch < currentEpoch)
      return ApiError.of(ErrorCode.NotLeaderOrFollower)
    const { logEndOffset, logStartOffset } = follower
    this.#replicas!.onFetch(follower, fetch)
    if (follower.logEndOffset !== logEndOffset) this.#moveHighWatermark()
    // DeleteRecords may wait for it.
    if (follower.logStartOffset > logStartOffset) this.#notify()
    return undefined
  }

  /**
   * Appends what a follower has fetched from the leader, and takes over the leader's offsets.
   * Returns the error if the records cannot be appended.
   */
  appendAsFollower(
    records: readonly Uint8Array[],
    leader: { readonly highWatermark: number; readonly logStartOffset: number },
  ): AppendError | undefined {
    const { log } = this
    for (const slice of records) {
      const result = log.appendAsFollower(slice)
      if (result instanceof ApiError) return result
    }
    const hasMoved = log.updateHighWatermark(
      Math.max(log.highWatermark, Math.min(leader.highWatermark, log.logEndOffset)),
    )
    if (leader.logStartOffset > log.logStartOffset)
      log.advanceLogStartOffset(Math.min(leader.logStartOffset, log.highWatermark))
    if (hasMoved) this.#notify()
    return undefined
  }

  /**
   * The smallest log start offset of all replicas whose brokers are in service; -1 if a follower
   * has not fetched yet.
   */
  get lowWatermark(): number {
    return this.#replicas?.lowWatermark ?? this.log.logStartOffset
  }

  /** Moves the log start offset up to `offset` (DeleteRecords); -1 means the high watermark. */
  deleteRecordsBefore(offset: number): ApiError | undefined {
    const target = offset === -1 ? this.log.highWatermark : offset
    if (target < 0) return ApiError.of(ErrorCode.OffsetOutOfRange)
    return this.log.advanceLogStartOffset(target)
  }

  /** Calls back when consumers can read more or less, which the high watermark decides. */
  watch(watcher: PartitionWatcher): void {
    this.#watchers ??= new Set()
    this.#watchers.add(watcher)
  }

  unwatch(watcher: PartitionWatcher): void {
    this.#watchers?.delete(watcher)
  }

  #onAppended(replicas: InSyncReplicas): void {
    replicas.watchLag()
    this.#advanceHighWatermark()
    this.#notifyFollowers()
  }

  /** As {@link watch}, and also after every append, for followers. */
  watchAppends(watcher: PartitionWatcher): void {
    this.#followerWatchers ??= new Set()
    this.#followerWatchers.add(watcher)
  }

  unwatchAppends(watcher: PartitionWatcher): void {
    this.#followerWatchers?.delete(watcher)
  }

  #endWaits(): void {
    this.#closeReplicas()
    this.#waiters.fail()
    this.#notify()
  }

  #closeReplicas(): void {
    this.#replicas?.close()
    this.#replicas = undefined
  }

  /**
   * Moves the high watermark now, or after the sync that it waits for. So consumers see no record
   * that a crash can lose.
   */
  #advanceHighWatermark(): void {
    const commit = this.log.durability.commit()
    if (commit === undefined) {
      this.#moveHighWatermark()
    } else if (commit !== this.#commit) {
      this.#commit = commit
      void commit.then(() => this.#moveHighWatermark())
    }
  }

  #moveHighWatermark(): void {
    const { log } = this
    if (this.#role !== 'leader') return
    if (log.isOffline) this.#waiters.fail()
    const { durableOffset } = log.durability
    const offset =
      this.#replicas === undefined ? durableOffset : this.#replicas.highWatermark(durableOffset)
    if (offset === undefined || offset <= log.highWatermark) return
    if (!log.updateHighWatermark(offset)) return
    this.#waiters.onHighWatermark(log.highWatermark)
    this.#notify()
  }

  #notify(): void {
    this.#notifyFollowers()
    if (this.#watchers === undefined) return
    for (const watcher of this.#watchers) watcher(this)
  }

  #notifyFollowers(): void {
    if (this.#followerWatchers === undefined) return
    for (const watcher of this.#followerWatchers) watcher(this)
  }
}
