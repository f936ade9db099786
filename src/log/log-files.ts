import type { LocalLog } from './local-log.ts'
import type { LogDurability } from './log-durability.ts'
import { type LogRetention, nothingRemoved } from './log-retention.ts'
import type { RemovedSegments } from './log-types.ts'
import type { LogSegment } from './segment/segment.ts'
import type { StorageGuard } from './storage-guard.ts'

/** The segment files of one log: what retention, compaction and inspection use of it. */
export class LogFiles {
  readonly #guard: StorageGuard
  readonly #local: LocalLog
  readonly #durability: LogDurability
  readonly #retention: LogRetention
  readonly #onRecordsRemoved: () => void

  constructor(
    guard: StorageGuard,
    local: LocalLog,
    durability: LogDurability,
    retention: LogRetention,
    onRecordsRemoved: () => void,
  ) {
    this.#guard = guard
    this.#local = local
    this.#durability = durability
    this.#retention = retention
    this.#onRecordsRemoved = onRecordsRemoved
  }

  /** Whether the directory exists. An idle partition has none. */
  get isOnDisk(): boolean {
    return this.#local.isOnDisk
  }

  /** The segments, ordered by base offset. */
  get segments(): readonly LogSegment[] {
    return this.#local.segments.all
  }

  /** The total size of the `.log` files. */
  get sizeInBytes(): number {
    return this.#local.segments.sizeInBytes
  }

  /** Rewrites `partition.metadata`, for a directory that lost it. */
  writePartitionMetadata(): void {
    const write = () => this.#local.writePartitionMetadata()
    this.#guard.run('write partition.metadata of', write, undefined)
  }

  /** Starts a new segment. Returns false when the active one is empty. */
  roll(): boolean {
    const { segments, logEndOffset } = this.#local
    if (segments.active.sizeInBytes === 0) return false
    return this.#guard.run('roll', () => this.#durability.roll(logEndOffset), false)
  }

  /**
   * Deletes the segments that exceed `retention.ms` or `retention.bytes` if the policy includes
   * `delete`, and the segments below the log start offset under any policy. Keeps segments that
   * reach beyond the high watermark. Rolls the active segment first if it must go.
   */
  deleteOldSegments(): RemovedSegments {
    const remove = () => this.#retention.deleteOldSegments()
    const removed = this.#guard.run('delete old segments of', remove, nothingRemoved)
    if (removed.segments > 0) this.#onRecordsRemoved()
    return removed
  }

  /**
   * Creates a segment for the cleaner to fill. It is not part of the log before {@link
   * replaceSegments}.
   *
   * @throws the error of the file system
   */
  newCleanedSegment(baseOffset: number): LogSegment {
    return this.#local.newCleanedSegment(baseOffset)
  }

  /**
   * Replaces segments by cleaned segments with their remaining records (Kafka's
   * `LocalLog.replaceSegments`).
   */
  replaceSegments(cleaned: readonly LogSegment[], replaced: readonly LogSegment[]): void {
    const replace = () => this.#local.replaceSegments(cleaned, replaced)
    this.#guard.run('replace segments of', replace, undefined)
    this.#onRecordsRemoved()
  }

  /** Takes the log offline after a storage error of the cleaner. Rethrows any other error. */
  failCleaning(error: unknown): void {
    this.#guard.fail('clean', error)
  }
}
