import type { Uuid } from '../platform/uuid.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { Log } from '../log/log.ts'
import type { AppendError, AppendInfo, AppendOptions } from '../log/log-types.ts'

/** Told whenever more of a partition can be read, or when it can be read here no more. */
export type PartitionWatcher = (partition: Partition) => void

/** One partition on the broker that leads it (Kafka's `Partition`): its log, its leader epoch and who waits for it. */
export class Partition {
  readonly topic: string
  readonly topicId: Uuid
  readonly partition: number
  readonly log: Log
  #leaderEpoch: number
  #watchers: Set<PartitionWatcher> | undefined
  /** What the high watermark waits for. */
  #commit: Promise<void> | undefined

  constructor(log: Log, leaderEpoch: number) {
    this.topic = log.topic
    this.topicId = log.topicId
    this.partition = log.partition
    this.log = log
    this.#leaderEpoch = leaderEpoch
    log.assignEpochStart(leaderEpoch, log.logEndOffset)
    this.#advanceHighWatermark()
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  /** Starts a new epoch of this leader; what comes now carries it. */
  becomeLeader(leaderEpoch: number): void {
    if (leaderEpoch === this.#leaderEpoch) return
    this.#leaderEpoch = leaderEpoch
    this.log.assignEpochStart(leaderEpoch, this.log.logEndOffset)
  }

  /** Whether a client that knows `currentLeaderEpoch` (-1: none) is up to date (KIP-320). */
  checkLeaderEpoch(currentLeaderEpoch: number): ErrorCode {
    if (currentLeaderEpoch === -1 || currentLeaderEpoch === this.#leaderEpoch) return ErrorCode.None
    return currentLeaderEpoch < this.#leaderEpoch
      ? ErrorCode.FencedLeaderEpoch
      : ErrorCode.UnknownLeaderEpoch
  }

  /** Appends what a producer or a coordinator sent; with one replica it is committed as soon as it is durable. */
  append(records: Uint8Array, options?: AppendOptions): AppendInfo | AppendError {
    const result = this.log.appendAsLeader(records, this.#leaderEpoch, options)
    if ('errorCode' in result) return result
    this.#advanceHighWatermark()
    return result
  }

  /** Waits until everything that has been appended may be acknowledged; see {@link Log.commit}. */
  commit(): Promise<void> | undefined {
    return this.log.commit()
  }

  /** Moves the log start offset up to `offset` (DeleteRecords); -1 stands for the high watermark. */
  deleteRecordsBefore(offset: number): ErrorCode {
    const target = offset === -1 ? this.log.highWatermark : offset
    if (target < 0 || target > this.log.highWatermark) return ErrorCode.OffsetOutOfRange
    return this.log.advanceLogStartOffset(target)
  }

  watch(watcher: PartitionWatcher): void {
    this.#watchers ??= new Set()
    this.#watchers.add(watcher)
  }

  unwatch(watcher: PartitionWatcher): void {
    this.#watchers?.delete(watcher)
  }

  /** This broker leads the partition no more: whoever waits for it is answered. */
  resign(): void {
    this.#notify()
    this.#watchers = undefined
  }

  /** No consumer sees what a crash can take away. */
  #advanceHighWatermark(): void {
    const commit = this.log.commit()
    if (commit === undefined) {
      this.#moveHighWatermark()
    } else if (commit !== this.#commit) {
      this.#commit = commit
      void commit.then(() => this.#moveHighWatermark())
    }
  }

  #moveHighWatermark(): void {
    if (this.log.updateHighWatermark(this.log.durableOffset)) this.#notify()
  }

  #notify(): void {
    if (this.#watchers === undefined) return
    for (const watcher of this.#watchers) watcher(this)
  }
}
