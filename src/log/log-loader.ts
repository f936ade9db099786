import { join } from 'node:path'
import { errorCodeOf } from '../platform/system-error.ts'
import type { BatchView } from '../record/batch-view.ts'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import type { LogConfig } from './log-config.ts'
import type { LogEnvironment } from './log-environment.ts'
import { indexFiles, offsetOfFileName, SegmentFile, segmentFileName } from './log-file-names.ts'
import { rebuildProducers } from './producer/producer-replay.ts'
import { ProducerState } from './producer/producer-state.ts'
import { LogSegment } from './segment/segment.ts'
import { LogSegments } from './segment/segments.ts'
import { completeSwaps } from './swap-files.ts'

/** The location and the checkpointed offsets of a log. */
export interface LogLocation {
  readonly directory: string
  /** Whether all files were written completely when the broker stopped. */
  readonly hadCleanShutdown: boolean
  /** Segments that end below this offset are on the disk. */
  readonly recoveryPoint: number
  readonly logStartOffset: number
}

/** The parts of a log, loaded from its directory. */
export interface LoadedLog {
  readonly segments: LogSegments
  readonly epochs: LeaderEpochs
  readonly producers: ProducerState
  readonly logStartOffset: number
  /** Whether the directory exists. */
  readonly isOnDisk: boolean
  /** Segments that recovery removed. Their files have the suffix `.deleted`. */
  readonly removed: readonly LogSegment[]
}

/**
 * Opens a partition's directory, or begins a log if there is none (Kafka's `LogLoader`). After an
 * unclean shutdown it checks every batch from the recovery point on, truncates the log at the first
 * torn batch, and rebuilds indexes, leader epochs and producers from the batches. It also rebuilds
 * indexes and epochs that are missing or wrong, and completes or undoes interrupted replacements of
 * segments.
 */
export function loadLog(
  environment: LogEnvironment,
  location: LogLocation,
  config: LogConfig,
): LoadedLog {
  const loader = new LogLoader(environment, location, config)
  try {
    return loader.load()
  } catch (error) {
    loader.closeFiles()
    throw error
  }
}

/**
 * The state of a stored segment: `whole` is valid; `unindexed` has missing or wrong indexes;
 * `unflushed` may not have reached the disk before an unclean shutdown. Recovery checks the latter
 * two and truncates them at the first corrupt batch. As in Kafka, it removes the segments after an
 * `unflushed` one that was truncated, but not those after an `unindexed` one: they may have been
 * acknowledged.
 */
type SegmentState = 'whole' | 'unindexed' | 'unflushed'

class LogLoader {
  readonly #environment: LogEnvironment
  readonly #location: LogLocation
  readonly #config: LogConfig
  readonly #epochs: LeaderEpochs
  readonly #producers: ProducerState
  readonly #removed: LogSegment[] = []
  /** All segments that may have open files. */
  readonly #opened: LogSegment[] = []
  /**
   * The file names in the directory, after interrupted replacements were completed; undefined if
   * there is no directory.
   */
  #names: ReadonlySet<string> | undefined

  constructor(environment: LogEnvironment, location: LogLocation, config: LogConfig) {
    const { fileSystem, durability } = environment
    this.#environment = environment
    this.#location = location
    this.#config = config
    this.#epochs = new LeaderEpochs(fileSystem, location.directory, durability, (path, write) =>
      environment.backgroundSyncs.add(path, write),
    )
    this.#producers = new ProducerState(environment, location.directory)
  }

  load(): LoadedLog {
    const { directory, logStartOffset } = this.#location
    if (this.#environment.fileSystem.isDirectory(directory)) {
      this.#names = new Set(completeSwaps(this.#environment, directory, this.#config))
    }
    const baseOffsets = this.#findSegments()
    if (baseOffsets.length === 0) return this.#begin(logStartOffset)
    const segments = baseOffsets.map((offset) => this.#newSegment(offset))
    const isEpochsKnown = this.#loadEpochs()
    const states = segments.map((segment, index) =>
      this.#loadSegment(segment, baseOffsets[index + 1] ?? Infinity),
    )
    const isWhole = states.every((state) => state === 'whole')
    const kept = this.#recoverWhereNeeded(segments, states, isEpochsKnown)
    if (!isEpochsKnown && this.#epochs.latestEpoch >= 0) {
      this.#warn(`rebuilt the leader epochs of ${directory} from its batches`)
    }
    for (const sealed of kept.slice(0, -1)) {
      sealed.becomeInactive()
      sealed.close()
    }
    return this.#complete(kept, isWhole)
  }

  /** Closes the files without writing anything, after a load that failed. */
  closeFiles(): void {
    for (const segment of this.#opened) segment.abandon()
  }

  /** Returns the base offsets. Removes index files without a log. */
  #findSegments(): number[] {
    const { fileSystem } = this.#environment
    const { directory } = this.#location
    const names = [...(this.#names ?? [])]
    const offsets = names
      .map((name) => offsetOfFileName(name, SegmentFile.Log))
      .filter((offset) => offset !== undefined)
      .sort((a, b) => a - b)
    const known = new Set(offsets)
    for (const name of names) {
      for (const kind of indexFiles) {
        const offset = offsetOfFileName(name, kind)
        if (offset === undefined || known.has(offset)) continue
        const path = join(directory, name)
        this.#warn(`removed ${path}: its .log file is missing`)
        fileSystem.remove(path)
      }
    }
    return offsets
  }

  #begin(offset: number): LoadedLog {
    const segment = this.#newSegment(offset)
    const isOnDisk = this.#names !== undefined
    this.#epochs.clear()
    if (isOnDisk) this.#producers.removeSnapshotsFrom(0)
    this.#producers.clear(offset)
    if (isOnDisk) {
      // Its name tells the next start the base offset.
      segment.createFile()
      rebuildProducers(this.#producers, [segment], offset, offset, this.#location.hadCleanShutdown)
    }
    return {
      segments: new LogSegments([segment]),
      epochs: this.#epochs,
      producers: this.#producers,
      logStartOffset: offset,
      isOnDisk,
      removed: this.#removed,
    }
  }

  /** Returns false if the epochs must be read from the batches. */
  #loadEpochs(): boolean {
    try {
      return this.#epochs.load()
    } catch (error) {
      if (errorCodeOf(error) !== undefined) throw error
      this.#warn(String(error))
      return false
    }
  }

  #loadSegment(segment: LogSegment, nextBaseOffset: number): SegmentState {
    const { hadCleanShutdown, recoveryPoint } = this.#location
    if (!hadCleanShutdown && nextBaseOffset > recoveryPoint) return 'unflushed'
    try {
      const hasAborted = this.#names!.has(
        segmentFileName(segment.baseOffset, SegmentFile.TransactionIndex),
      )
      if (segment.load(nextBaseOffset, hasAborted)) return 'whole'
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error
    }
    this.#warn(`rebuilt the indexes of ${segment.path}`)
    return 'unindexed'
  }

  /**
   * Recovers the segments that are not whole, and updates the leader epochs. Returns the segments
   * that remain.
   */
  #recoverWhereNeeded(
    segments: LogSegment[],
    states: readonly SegmentState[],
    isEpochsKnown: boolean,
  ): LogSegment[] {
    for (const [index, segment] of segments.entries()) {
      if (states[index] === 'whole') {
        if (!isEpochsKnown) this.#readEpochs(segment)
        continue
      }
      const isFlushed = states[index] === 'unindexed'
      const cutBytes = this.#recover(segment, isFlushed ? segments.slice(0, index) : segments)
      if (isFlushed && this.#environment.durability === 'synced') segment.flush(true)
      if (cutBytes === 0) continue
      this.#warn(`truncated ${segment.path} by ${cutBytes} bytes that are not whole batches`)
      if (isFlushed) continue
      const later = segments.splice(index + 1)
      for (const removed of later.reverse()) this.#remove(removed)
    }
    return segments
  }

  #readEpochs(segment: LogSegment): void {
    try {
      for (const { batch } of segment.batchesFrom(0)) this.#noteEpoch(batch)
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error
    }
  }

  #noteEpoch({ partitionLeaderEpoch, baseOffset }: BatchView): void {
    if (partitionLeaderEpoch > this.#epochs.latestEpoch) {
      this.#epochs.note(partitionLeaderEpoch, baseOffset)
    }
  }

  /**
   * Recovers a segment. As in Kafka, with separate producers: from the snapshot below the segment,
   * and from all batches after it, deleted or not.
   */
  #recover(segment: LogSegment, known: readonly LogSegment[]): number {
    const producers = new ProducerState(this.#environment, this.#location.directory)
    rebuildProducers(producers, known, this.#location.logStartOffset, segment.baseOffset)
    segment.transactionIndex.reset()
    const cutBytes = segment.recover((batch) => {
      this.#noteEpoch(batch)
      for (const completed of producers.replay(batch)) {
        const lastStableOffset = producers.lastStableOffsetAfter(completed)
        if (completed.isAborted) segment.transactionIndex.append({ ...completed, lastStableOffset })
        producers.completeTransaction(completed)
      }
    })
    producers.setMapEndOffset(segment.nextOffset)
    // So that no later recovery reads this segment again.
    producers.takeSnapshot()
    return cutBytes
  }

  #complete(kept: LogSegment[], wasWhole: boolean): LoadedLog {
    const first = kept[0]!
    const logEndOffset = kept.at(-1)!.nextOffset
    const logStartOffset = Math.max(this.#location.logStartOffset, first.baseOffset)
    if (logEndOffset < logStartOffset) {
      this.#warn(
        `the log ends at ${logEndOffset}, below its start at ${logStartOffset}: removed its segments`,
      )
      for (const segment of kept.reverse()) this.#remove(segment)
      return this.#begin(logStartOffset)
    }
    this.#epochs.noteEnd(logEndOffset)
    this.#epochs.noteStart(this.#location.logStartOffset)
    this.#epochs.writeNotedLater()
    if (wasWhole) this.#producers.knowSnapshots(this.#names!)
    this.#producers.removeStraySnapshots(kept.map(({ baseOffset }) => baseOffset))
    const { hadCleanShutdown } = this.#location
    const knownTo = rebuildProducers(
      this.#producers,
      kept,
      logStartOffset,
      logEndOffset,
      hadCleanShutdown,
    )
    const isSnapshotMissing = hadCleanShutdown && wasWhole && knownTo < logEndOffset
    if (isSnapshotMissing && !this.#producers.isEmpty) {
      this.#warn(`rebuilt the producers of ${this.#location.directory} from its batches`)
    }
    return {
      segments: new LogSegments(kept),
      epochs: this.#epochs,
      producers: this.#producers,
      logStartOffset,
      isOnDisk: true,
      removed: this.#removed,
    }
  }

  #newSegment(baseOffset: number): LogSegment {
    const { directory } = this.#location
    const segment = new LogSegment(this.#environment, directory, baseOffset, this.#config)
    this.#opened.push(segment)
    return segment
  }

  #remove(segment: LogSegment): void {
    this.#warn(`removed ${segment.path}`)
    segment.close()
    segment.renameTo('.deleted')
    this.#removed.push(segment)
  }

  #warn(message: string): void {
    this.#environment.onWarning(message)
  }
}
