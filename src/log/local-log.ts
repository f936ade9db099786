import { dirname } from 'node:path'
import { invariant } from '../platform/invariant.ts'
import type { Uuid } from '../platform/uuid.ts'
import type { BatchView } from '../record/batch-view.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import { DeletedSegments } from './deleted-segments.ts'
import { partitionMetadataPath, writePartitionMetadata } from './files/partition-metadata.ts'
import type { LogConfig } from './log-config.ts'
import type { LogEnvironment } from './log-environment.ts'
import { LogSegment } from './segment/segment.ts'
import type { LogSegments } from './segment/segments.ts'

/** The topic and partition of a log. */
export interface LogIdentity {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid
}

/** The initial state of a {@link LocalLog}. */
export interface LocalLogState {
  readonly directory: string
  readonly segments: LogSegments
  /** Records below this offset are on the disk. */
  readonly recoveryPoint: number
  /** Whether the checkpoint file has a higher recovery point. */
  readonly isBelowCheckpoint: boolean
  /** Whether the directory exists. */
  readonly isOnDisk: boolean
  /** Segments that the loader removed from the log. Their files will be deleted. */
  readonly removed: readonly LogSegment[]
  /**
   * Renames the producer snapshot at a segment's base offset for deletion. Returns its new path, or
   * undefined if there is none.
   */
  readonly markSnapshotForDeletion: (baseOffset: number) => string | undefined
}

/**
 * The segments of a partition and their files (Kafka's `LocalLog`). It does not know replication,
 * leader epochs or producers, except that a producer snapshot is deleted with its segment. The
 * caller keeps those consistent, and handles storage errors.
 */
export class LocalLog {
  readonly directory: string
  readonly segments: LogSegments
  /**
   * Whether the recovery point in the checkpoint file is above the end of the log. True until the
   * first append.
   */
  isBelowCheckpoint: boolean
  readonly #name: string
  readonly #topicId: Uuid
  readonly #environment: LogEnvironment
  readonly #deleted: DeletedSegments
  #config: LogConfig
  #logEndOffset: number
  #recoveryPoint: number
  #lastFlushMs: number
  #isOnDisk: boolean

  constructor(
    identity: LogIdentity,
    config: LogConfig,
    environment: LogEnvironment,
    tasks: BackgroundTasks,
    {
      directory,
      segments,
      recoveryPoint,
      isBelowCheckpoint,
      isOnDisk,
      removed,
      markSnapshotForDeletion,
    }: LocalLogState,
  ) {
    this.directory = directory
    this.segments = segments
    this.isBelowCheckpoint = isBelowCheckpoint
    this.#name = `${identity.topic}-${identity.partition}`
    this.#topicId = identity.topicId
    this.#environment = environment
    this.#config = config
    this.#logEndOffset = segments.active.nextOffset
    this.#recoveryPoint = recoveryPoint
    this.#lastFlushMs = environment.clock.now()
    this.#isOnDisk = isOnDisk
    this.#deleted = new DeletedSegments(environment, tasks, markSnapshotForDeletion)
    this.#deleted.add(removed, config.fileDeleteDelayMs)
  }

  /** The directory name, such as `orders-3`. */
  get name(): string {
    return this.#name
  }

  get config(): LogConfig {
    return this.#config
  }

  /**
   * The offset of the next record: after the last batch, or the offset that the log was truncated
   * to.
   */
  get logEndOffset(): number {
    return this.#logEndOffset
  }

  /** Records below this offset are on the disk. */
  get recoveryPoint(): number {
    return this.#recoveryPoint
  }

  /**
   * The time at which the recovery point moved last, or the log was opened; milliseconds since the
   * epoch.
   */
  get lastFlushMs(): number {
    return this.#lastFlushMs
  }

  /** Whether the directory exists. An idle partition has none. */
  get isOnDisk(): boolean {
    return this.#isOnDisk
  }

  updateConfig(config: LogConfig): void {
    this.#config = config
  }

  /**
   * Creates the directory. Returns false if it exists. Kafka creates it with the replica; here an
   * idle partition has no files.
   */
  makeDirectory(): boolean {
    if (this.#isOnDisk) return false
    this.#environment.fileSystem.makeDirectory(this.directory)
    this.#isOnDisk = true
    this.writePartitionMetadata()
    return true
  }

  /** Writes `partition.metadata` with the topic id, if the directory exists. */
  writePartitionMetadata(): void {
    if (!this.#isOnDisk) return
    const { fileSystem, durability, backgroundSyncs } = this.#environment
    writePartitionMetadata(fileSystem, this.directory, this.#topicId, 'pageCache')
    if (durability === 'synced') backgroundSyncs.add(partitionMetadataPath(this.directory))
  }

  /**
   * Appends whole batches with assigned offsets to the active segment. Changes nothing when it
   * throws.
   */
  append(records: Uint8Array, batches: readonly BatchView[]): void {
    const { active } = this.segments
    invariant(
      batches[0]!.baseOffset >= this.#logEndOffset,
      'appended offsets are not below the end',
    )
    active.append(records, batches)
    invariant(active.nextOffset > this.#logEndOffset, 'an append moves the log end offset up')
    this.#logEndOffset = active.nextOffset
  }

  /**
   * Seals the active segment and starts a new one at `baseOffset`. Returns false if the active
   * segment begins there and is empty.
   */
  roll(baseOffset: number): boolean {
    const sealed = this.segments.active
    if (sealed.baseOffset === baseOffset) {
      invariant(sealed.sizeInBytes === 0, 'a segment is rolled at an offset above its own')
      return false
    }
    sealed.becomeInactive()
    // The records need no second flush, but the indexes have changed since.
    const isFlushed = this.#recoveryPoint >= baseOffset
    if (isFlushed && this.#environment.durability === 'synced') sealed.flush()
    this.segments.add(this.#createSegment(baseOffset))
    return true
  }

  /**
   * Writes the files of all records below `offset`, and syncs them unless the directory is
   * temporary.
   */
  flush(offset: number): void {
    const { durability, fileSystem } = this.#environment
    this.syncSmallFiles()
    let isSegmentNew = false
    for (const segment of this.segments.from(this.#recoveryPoint)) {
      if (segment.baseOffset >= offset) break
      isSegmentNew ||= segment.baseOffset >= this.#recoveryPoint
      if (durability === 'synced') segment.flush()
      else segment.writeIndexes(false)
    }
    if (isSegmentNew && durability === 'synced') fileSystem.syncDirectory(this.directory)
    this.#markFlushed(offset)
  }

  /** Syncs the small files that may wait until the recovery point moves. */
  syncSmallFiles(): void {
    this.#environment.backgroundSyncs.sync(this.directory)
  }

  /**
   * Syncs the records below `offset` without blocking the event loop, so that {@link flush} has
   * little left to do.
   */
  async syncLater(offset: number): Promise<void> {
    const smallFiles = this.#environment.backgroundSyncs.syncLater(this.directory)
    await Promise.all([this.#syncRecordsLater(offset, this.#recoveryPoint), smallFiles])
  }

  /**
   * As {@link syncLater}, including the directory entries of new files: these records survive a
   * power failure.
   */
  async commitLater(offset: number, fromOffset: number): Promise<void> {
    const { backgroundSyncs } = this.#environment
    const isFirst = fromOffset <= this.segments.first.baseOffset
    const isSegmentNew = this.segments.active.baseOffset >= fromOffset
    const records = this.#syncRecordsLater(offset, fromOffset)
    if (isSegmentNew || backgroundSyncs.isPending(this.directory)) {
      await backgroundSyncs.syncLater(this.directory, records)
    } else await records
    if (isFirst) await backgroundSyncs.syncDirectoryLater(dirname(this.directory))
  }

  /** Removes the batches from the one with `offset`; the log continues at `offset`. */
  truncateTo(offset: number): void {
    const removed = this.segments.above(Math.max(offset, this.segments.first.baseOffset))
    this.removeSegments(removed.toReversed())
    this.segments.active.truncateTo(offset)
    this.#endAt(offset)
  }

  /** Removes all records; the log continues at `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    const { active } = this.segments
    this.removeSegments(this.segments.all.slice(0, -1))
    // Rename first: otherwise a crash could leave the new segment after records beyond its base
    // offset.
    active.renameTo('.deleted')
    this.segments.replace([active], [this.#createSegment(offset)])
    this.#delete([active], true)
    this.#endAt(offset)
  }

  /**
   * Removes segments from the log, in the given order. Their files are deleted after
   * `file.delete.delay.ms`.
   */
  removeSegments(removed: readonly LogSegment[]): void {
    if (removed.length === 0) return
    this.segments.remove(removed)
    this.#delete(removed, true)
  }

  /**
   * Creates a segment for the cleaner to fill. It is not part of the log before {@link
   * replaceSegments}.
   */
  newCleanedSegment(baseOffset: number): LogSegment {
    const segment = this.#newSegment(baseOffset, '.cleaned')
    segment.deleteFiles()
    return segment
  }

  /**
   * Replaces segments by cleaned segments, in steps that the loader can complete or undo after a
   * crash: the old segments are valid as long as one file has the suffix `.cleaned`, the new ones
   * after that.
   */
  replaceSegments(cleaned: readonly LogSegment[], replaced: readonly LogSegment[]): void {
    const removed = replaced.filter((segment) => this.segments.has(segment))
    const { active } = this.segments
    invariant(!removed.includes(active), 'the active segment is not compacted')
    const added = cleaned.toSorted((a, b) => a.baseOffset - b.baseOffset)
    for (const segment of added.toReversed()) segment.renameTo('.swap')
    this.segments.replace(removed, added)
    const kept = new Set(added.map(({ baseOffset }) => baseOffset))
    for (const segment of removed) this.#delete([segment], !kept.has(segment.baseOffset))
    for (const segment of added) segment.renameTo('')
    const { durability, fileSystem } = this.#environment
    if (durability === 'synced') fileSystem.syncDirectory(this.directory)
  }

  /**
   * Closes all files without writing or removing anything. Throws the first error after it has
   * tried all of them.
   */
  closeFiles(): void {
    const errors: unknown[] = []
    for (const segment of this.segments.all) {
      try {
        segment.abandon()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }

  #endAt(offset: number): void {
    const { active } = this.segments
    invariant(active.baseOffset <= offset, 'the active segment begins at or below the log end')
    invariant(active.nextOffset <= offset, 'the active segment ends at or below the log end')
    this.#logEndOffset = offset
    this.#recoveryPoint = Math.min(this.#recoveryPoint, offset)
  }

  /** Moves the recovery point up to `offset`. */
  #markFlushed(offset: number): void {
    if (offset <= this.#recoveryPoint) return
    invariant(offset <= this.#logEndOffset, 'recovery point <= log end offset')
    this.#recoveryPoint = offset
    this.#lastFlushMs = this.#environment.clock.now()
  }

  async #syncRecordsLater(offset: number, fromOffset: number): Promise<void> {
    const unsynced = this.segments.from(fromOffset)
    const below = unsynced.filter(({ baseOffset }) => baseOffset < offset)
    await Promise.all(below.map((segment) => segment.syncLater()))
  }

  #delete(segments: readonly LogSegment[], withSnapshots: boolean): void {
    this.#deleted.delete(segments, withSnapshots, this.#config.fileDeleteDelayMs)
  }

  #newSegment(baseOffset: number, suffix: '' | '.cleaned'): LogSegment {
    return new LogSegment(this.#environment, this.directory, baseOffset, this.#config, suffix)
  }

  #createSegment(baseOffset: number): LogSegment {
    const segment = this.#newSegment(baseOffset, '')
    if (this.#environment.fileSystem.exists(segment.path)) {
      this.#environment.onWarning(`removed ${segment.path}: a new segment begins there`)
      segment.deleteFiles()
    }
    segment.createFile()
    return segment
  }
}
