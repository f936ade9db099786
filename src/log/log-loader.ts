import { join } from 'node:path'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import type { LogConfig } from './log-config.ts'
import type { LogEnvironment } from './log-environment.ts'
import { indexFiles, offsetOfFileName, SegmentFile, segmentFileName } from './log-file-names.ts'
import { replayProducers } from './producer/producer-replay.ts'
import { ProducerState } from './producer/producer-state.ts'
import { LogSegment } from './segment.ts'
import { LogSegments } from './segments.ts'

/** What is known of a log before its directory is looked into. */
export interface LogLocation {
  readonly directory: string
  /** The files were all written when the broker stopped. */
  readonly hadCleanShutdown: boolean
  /** Segments that begin below are on the disk whole. */
  readonly recoveryPoint: number
  readonly logStartOffset: number
}

/** The parts of a log as its directory holds them. */
export interface LoadedLog {
  readonly segments: LogSegments
  readonly epochs: LeaderEpochs
  readonly producers: ProducerState
  readonly logStartOffset: number
}

/**
 * Opens a partition's directory, or begins a log where there is none (Kafka's `LogLoader`). After an unclean shutdown every batch
 * from the recovery point on is checked, the tail that is torn is cut, and indexes, epochs and producers are built from the batches;
 * so are indexes that are missing or cannot be right at any time.
 */
export function loadLog(
  environment: LogEnvironment,
  location: LogLocation,
  config: LogConfig,
): LoadedLog {
  return new LogLoader(environment, location, config).load()
}

class LogLoader {
  readonly #environment: LogEnvironment
  readonly #location: LogLocation
  readonly #config: LogConfig
  readonly #epochs: LeaderEpochs
  readonly #producers: ProducerState

  constructor(environment: LogEnvironment, location: LogLocation, config: LogConfig) {
    const { fileSystem, durability } = environment
    this.#environment = environment
    this.#location = location
    this.#config = config
    this.#epochs = new LeaderEpochs(fileSystem, location.directory, durability)
    this.#producers = new ProducerState(environment, location.directory)
  }

  load(): LoadedLog {
    const { directory, logStartOffset } = this.#location
    const baseOffsets = this.#environment.fileSystem.isDirectory(directory) ? this.#tidy() : []
    if (baseOffsets.length === 0) return this.#begin(logStartOffset)
    const isEpochsKnown = this.#loadEpochs()
    const segments = baseOffsets.map((offset) => this.#newSegment(offset))
    const unsure = new Set(
      segments.filter((segment, index) => {
        const nextBaseOffset = baseOffsets[index + 1] ?? Infinity
        return !isEpochsKnown || !this.#loadSegment(segment, nextBaseOffset)
      }),
    )
    const kept = this.#replay(segments, unsure)
    for (const sealed of kept.slice(0, -1)) {
      sealed.becomeInactive()
      sealed.close()
    }
    return this.#complete(kept)
  }

  /** Removes what a crash left half done, and returns the base offsets of the segments. */
  #tidy(): number[] {
    const { fileSystem } = this.#environment
    const { directory } = this.#location
    const names = fileSystem.list(directory)
    for (const name of names) {
      if (/\.(tmp|cleaned|deleted)$/.test(name)) fileSystem.remove(join(directory, name))
    }
    const offsets = names
      .map((name) => offsetOfFileName(name, SegmentFile.Log))
      .filter((offset) => offset !== undefined)
      .sort((a, b) => a - b)
    const known = new Set(offsets)
    for (const name of names) {
      for (const kind of indexFiles) {
        const offset = offsetOfFileName(name, kind)
        if (offset !== undefined && !known.has(offset)) fileSystem.remove(join(directory, name))
      }
    }
    return offsets
  }

  #begin(offset: number): LoadedLog {
    this.#epochs.clear()
    this.#producers.clear(offset)
    return {
      segments: new LogSegments([this.#newSegment(offset)]),
      epochs: this.#epochs,
      producers: this.#producers,
      logStartOffset: offset,
    }
  }

  #loadEpochs(): boolean {
    try {
      this.#epochs.load()
      return true
    } catch (error) {
      this.#warn(`the leader epochs are built anew: ${String(error)}`)
      return false
    }
  }

  /** False when the segment has to be read from its beginning: what was below the recovery point is on the disk. */
  #loadSegment(segment: LogSegment, nextBaseOffset: number): boolean {
    const { hadCleanShutdown, recoveryPoint } = this.#location
    if (!hadCleanShutdown && nextBaseOffset > recoveryPoint) return false
    try {
      if (segment.load(nextBaseOffset)) return true
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error
    }
    this.#warn(`the indexes of ${segment.path} are built anew`)
    return false
  }

  /** Recovers the unsure segments, and brings the producers up to date. Returns the segments that stay. */
  #replay(segments: LogSegment[], unsure: Set<LogSegment>): LogSegment[] {
    const { logStartOffset } = this.#location
    const firstUnsure = segments.findIndex((segment) => unsure.has(segment))
    const sureEnd =
      firstUnsure < 0 ? segments.at(-1)!.nextOffset : segments[firstUnsure]!.baseOffset
    this.#producers.reload(logStartOffset, sureEnd)
    for (const [index, segment] of segments.entries()) {
      if (!unsure.has(segment)) {
        replayProducers(this.#producers, [segment])
        continue
      }
      const cutBytes = this.#recover(segment)
      if (cutBytes === 0) continue
      this.#warn(`cut ${cutBytes} bytes that are no whole batches off ${segment.path}`)
      for (const later of segments.slice(index + 1)) this.#remove(later)
      return segments.slice(0, index + 1)
    }
    return segments
  }

  #recover(segment: LogSegment): number {
    const producers = this.#producers
    if (producers.mapEndOffset === segment.baseOffset) producers.takeSnapshot()
    segment.transactionIndex.reset()
    const cutBytes = segment.recover((batch) => {
      const { partitionLeaderEpoch, baseOffset } = batch
      if (partitionLeaderEpoch > this.#epochs.latestEpoch) {
        this.#epochs.assign(partitionLeaderEpoch, baseOffset)
      }
      if (batch.lastOffset < producers.mapEndOffset) return
      for (const completed of producers.replay(batch)) {
        const lastStableOffset = producers.lastStableOffsetAfter(completed)
        if (completed.isAborted) segment.transactionIndex.append({ ...completed, lastStableOffset })
        producers.completeTransaction(completed)
      }
    })
    producers.setMapEndOffset(Math.max(producers.mapEndOffset, segment.nextOffset))
    return cutBytes
  }

  #complete(kept: LogSegment[]): LoadedLog {
    const first = kept[0]!
    const logEndOffset = kept.at(-1)!.nextOffset
    const logStartOffset = Math.max(this.#location.logStartOffset, first.baseOffset)
    if (logEndOffset < logStartOffset) {
      this.#warn(
        `the log ends at ${logEndOffset}, before its start at ${logStartOffset}: begun anew`,
      )
      for (const segment of kept) this.#remove(segment)
      this.#producers.removeSnapshotsFrom(0)
      return this.#begin(logStartOffset)
    }
    this.#epochs.truncateFromEnd(logEndOffset)
    this.#epochs.truncateFromStart(logStartOffset)
    const baseOffsets = new Set(kept.map(({ baseOffset }) => baseOffset))
    this.#producers.removeStraySnapshots((offset) => baseOffsets.has(offset))
    return {
      segments: new LogSegments(kept),
      epochs: this.#epochs,
      producers: this.#producers,
      logStartOffset,
    }
  }

  #newSegment(baseOffset: number): LogSegment {
    return new LogSegment(this.#environment, this.#location.directory, baseOffset, this.#config)
  }

  #remove(segment: LogSegment): void {
    segment.close()
    removeSegmentFiles(this.#environment, this.#location.directory, segment.baseOffset)
  }

  #warn(message: string): void {
    this.#environment.onWarning(message)
  }
}

/** Removes the files of a segment; its producer snapshot stays. */
export function removeSegmentFiles(
  { fileSystem }: LogEnvironment,
  directory: string,
  baseOffset: number,
): void {
  for (const kind of [SegmentFile.Log, ...indexFiles]) {
    fileSystem.remove(join(directory, segmentFileName(baseOffset, kind)))
  }
}
