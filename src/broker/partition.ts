import { invariant } from '../platform/invariant.ts'
import type { Uuid } from '../platform/uuid.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { AppendError } from '../log/append-error.ts'
import type { Log } from '../log/log.ts'
import type { AppendInfo, AppendOptions } from '../log/log-types.ts'
import { CommitWaiters } from './commit-waiters.ts'
import { durableEnd, type HighWatermarkRule } from './high-watermark-rule.ts'

/** Called when more or less of a partition can be read, or when it can no longer be read here. */
export type PartitionWatcher = (partition: Partition) => void

/** The role of this broker for a partition. Only a leader appends and moves the high watermark. */
export type PartitionRole = 'leader' | 'follower'

/**
 * The replica of one partition on this broker (Kafka's `Partition`): its log, its role, its leader
 * epoch, and the operations that wait for it.
 */
export class Partition {
  readonly topic: string
  readonly topicId: Uuid
  readonly partition: number
  readonly log: Log
  readonly #highWatermarkRule: HighWatermarkRule
  readonly #waiters = new CommitWaiters()
  #role: PartitionRole = 'leader'
  #leaderEpoch: number
  #watchers: Set<PartitionWatcher> | undefined
  /** The sync that the high watermark waits for. */
  #commit: Promise<void> | undefined

  constructor(log: Log, leaderEpoch: number, highWatermarkRule: HighWatermarkRule = durableEnd) {
    this.topic = log.topic
    this.topicId = log.topicId
    this.partition = log.partition
    this.log = log
    this.#leaderEpoch = leaderEpoch
    this.#highWatermarkRule = highWatermarkRule
    log.onRecordsRemoved(() => this.#notify())
    log.assignEpochStart(leaderEpoch, log.logEndOffset)
    this.#advanceHighWatermark()
  }

  get role(): PartitionRole {
    return this.#role
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  /** Starts a new epoch of this leader. Records that are appended from now on carry it. */
  becomeLeader(leaderEpoch: number): void {
    if (leaderEpoch === this.#leaderEpoch) return
    invariant(leaderEpoch > this.#leaderEpoch, 'leader epochs increase')
    invariant(this.#role === 'leader', 'a partition that resigned is opened again')
    this.#leaderEpoch = leaderEpoch
    this.log.assignEpochStart(leaderEpoch, this.log.logEndOffset)
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
   * Appends records of a producer or a coordinator. They may be acknowledged when {@link committed}
   * says so.
   */
  append(records: Uint8Array, options?: AppendOptions): AppendInfo | AppendError {
    const result = this.log.appendAsLeader(records, this.#leaderEpoch, options)
    if (result instanceof ApiError) return result
    this.#advanceHighWatermark()
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

  /** Moves the log start offset up to `offset` (DeleteRecords); -1 means the high watermark. */
  deleteRecordsBefore(offset: number): ApiError | undefined {
    const target = offset === -1 ? this.log.highWatermark : offset
    if (target < 0) return ApiError.of(ErrorCode.OffsetOutOfRange)
    return this.log.advanceLogStartOffset(target)
  }

  watch(watcher: PartitionWatcher): void {
    this.#watchers ??= new Set()
    this.#watchers.add(watcher)
  }

  unwatch(watcher: PartitionWatcher): void {
    this.#watchers?.delete(watcher)
  }

  /**
   * Called when this broker no longer leads the partition. All operations that wait for it are
   * answered.
   */
  resign(): void {
    this.#role = 'follower'
    this.#waiters.fail()
    this.#notify()
    this.#watchers = undefined
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
    if (!log.updateHighWatermark(this.#highWatermarkRule(log))) return
    this.#waiters.onHighWatermark(log.highWatermark)
    this.#notify()
  }

  #notify(): void {
    if (this.#watchers === undefined) return
    for (const watcher of this.#watchers) watcher(this)
  }
}
