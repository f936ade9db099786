import type { Durability } from '../files/small-file.ts'
import type { Log } from '../log.ts'
import type { LogSegment } from '../segment/segment.ts'
import { BatchFilter } from './batch-filter.ts'
import type { RetentionRules } from './batch-retention.ts'
import { buildOffsetMap } from './build-offset-map.ts'
import { CleanedOutput } from './cleaned-output.ts'
import { CleanedTransactionMetadata } from './cleaned-transaction-metadata.ts'
import { type CleanerStats, type MutableCleanerStats, noCleaning } from './cleaner-stats.ts'
import { type LogToClean, segmentsBetween } from './log-to-clean.ts'
import type { OffsetMap } from './offset-map.ts'
import { groupSegments } from './segment-groups.ts'
import { scanSegment, WorkMeter } from './segment-scan.ts'
import { abortedBetween, WatchedSegments } from './watched-segments.ts'
import { wouldChange } from './would-change.ts'

export interface CleaningOptions {
  /** The time from which delete horizons are counted, and with which they are compared. */
  readonly nowMs: number
  /** The maximum load of the map (`log.cleaner.io.buffer.load.factor`). */
  readonly loadFactor: number
  /** The size of the write buffer. */
  readonly ioBufferBytes: number
  /** Whether cleaned segments are synced before they replace others. */
  readonly durability: Durability
}

/**
 * Cleans one log (Kafka's `Cleaner`): collects the last offset of each key in the dirty part, and
 * rewrites all segments up to there without the records whose key has a later one. Each `next()`
 * does a slice of the work synchronously, and yields its size in bytes. Ending early is always
 * safe.
 *
 * @param map an empty map
 * @returns the stats; the log is clean up to `endOffset`, which is below the first uncleanable
 * offset if the map was full
 * @throws CleaningAborted if the segments changed in between; CorruptRecordError if a segment
 * cannot be read; the error of the operating system
 */
export function* clean(
  toClean: LogToClean,
  map: OffsetMap,
  options: CleaningOptions,
): Generator<number, CleanerStats> {
  const { log, firstDirtyOffset, firstUncleanableOffset } = toClean
  const stats = noCleaning(firstDirtyOffset)
  const all = segmentsBetween(log.files.segments, 0, firstUncleanableOffset)
  const watched = new WatchedSegments(log, all)
  const meter = new WorkMeter()
  const maxKeys = Math.floor(map.slots * options.loadFactor)
  if (maxKeys < 1)
    throw new RangeError('the key buffer of the cleaner has no room for a single key')
  const legacyDeleteHorizonMs = legacyDeleteHorizon(toClean)
  yield* buildOffsetMap(toClean, map, maxKeys, watched, meter, stats)
  stats.bufferUtilization = map.utilization
  stats.endOffset = map.latestOffset + 1

  const cleaning = new Cleaning(toClean, map, options, legacyDeleteHorizonMs, stats)
  const segments = segmentsBetween(log.files.segments, 0, stats.endOffset)
  for (const group of groupSegments(segments, log.config, firstUncleanableOffset)) {
    yield* cleaning.cleanGroup(group, watched, meter)
  }
  return stats
}

/**
 * Cleans the clean part again: removes tombstones and markers past their delete horizon and empty
 * batches that no producer needs, and sets missing delete horizons. Kafka does that only together
 * with other work. Writes nothing if no batch would change.
 *
 * @param map an empty map
 * @returns the stats; no segments read if there was nothing to do
 * @throws as {@link clean} does
 */
export function* cleanAgain(
  toClean: LogToClean,
  map: OffsetMap,
  options: CleaningOptions,
): Generator<number, CleanerStats> {
  const { log, firstDirtyOffset, firstUncleanableOffset } = toClean
  const stats = noCleaning(firstDirtyOffset)
  const endOffset = Math.min(firstDirtyOffset, firstUncleanableOffset)
  const segments = segmentsBetween(log.files.segments, log.logStartOffset, endOffset)
  const watched = new WatchedSegments(log, segments)
  const meter = new WorkMeter()
  const legacyDeleteHorizonMs = legacyDeleteHorizon(toClean)
  map.updateLatestOffset(endOffset - 1)
  const begin = (counts: MutableCleanerStats) =>
    new Cleaning(toClean, map, options, legacyDeleteHorizonMs, counts)
  const hasWork = yield* begin(noCleaning(endOffset)).wouldChange(segments, watched, meter)
  if (!hasWork) return stats
  const cleaning = begin(stats)
  for (const group of groupSegments(segments, log.config, endOffset)) {
    yield* cleaning.cleanGroup(group, watched, meter)
  }
  return stats
}

/**
 * Returns the modification time below which segments lose tombstones of magic 0 and 1, which have
 * no delete horizon.
 */
function legacyDeleteHorizon({ log, firstDirtyOffset }: LogToClean): number {
  const lastClean = segmentsBetween(log.files.segments, 0, firstDirtyOffset).at(-1)
  return lastClean === undefined ? 0 : lastClean.largestTimestamp - log.config.deleteRetentionMs
}

/** Removes a cleaned segment. The next start removes remaining files. */
function discard(cleaned: LogSegment, log: Log): void {
  cleaned.close()
  if (!log.isOpen) return
  try {
    cleaned.deleteFiles()
  } catch {
    // The original error, or the next operation, takes the log offline.
  }
}

class Cleaning {
  readonly #toClean: LogToClean
  readonly #map: OffsetMap
  readonly #options: CleaningOptions
  readonly #legacyDeleteHorizonMs: number
  readonly #stats: MutableCleanerStats
  readonly #transactions = new CleanedTransactionMetadata()

  constructor(
    toClean: LogToClean,
    map: OffsetMap,
    options: CleaningOptions,
    legacyDeleteHorizonMs: number,
    stats: MutableCleanerStats,
  ) {
    this.#toClean = toClean
    this.#map = map
    this.#options = options
    this.#legacyDeleteHorizonMs = legacyDeleteHorizonMs
    this.#stats = stats
  }

  /** Returns whether {@link cleanGroup} would change any batch of these segments. */
  *wouldChange(
    segments: readonly LogSegment[],
    watched: WatchedSegments,
    meter: WorkMeter,
  ): Generator<number, boolean> {
    const lastRecords = this.#toClean.log.producers.lastRecords()
    for (const [index, segment] of segments.entries()) {
      this.#addAborted(segment, segments[index + 1])
      const rules = this.#rulesFor(segment, lastRecords)
      const scan = scanSegment(segment, 0, meter, (batch) => wouldChange(batch, rules, meter))
      for (;;) {
        const { done, value } = scan.next()
        if (done === true && value) return true
        if (done === true) break
        yield value
        watched.check()
      }
    }
    return false
  }

  /** Writes one segment that replaces several (Kafka's `cleanSegments`). */
  *cleanGroup(
    group: readonly LogSegment[],
    watched: WatchedSegments,
    meter: WorkMeter,
  ): Generator<number, void> {
    const { log } = this.#toClean
    const { ioBufferBytes, durability } = this.#options
    const cleaned = log.files.newCleanedSegment(group[0]!.baseOffset)
    const lastRecords = log.producers.lastRecords()
    let isSwappedIn = false
    try {
      cleaned.createFile()
      this.#transactions.cleanedIndex = cleaned.transactionIndex
      const output = new CleanedOutput(cleaned, ioBufferBytes, durability)
      for (const [index, segment] of group.entries()) {
        this.#addAborted(segment, group[index + 1])
        const filter = new BatchFilter(this.#rulesFor(segment, lastRecords), output, meter)
        const scan = scanSegment(segment, 0, meter, (batch) => {
          filter.filter(batch)
          return false
        })
        for (const bytes of scan) {
          yield bytes
          watched.check()
        }
        this.#stats.segmentsRead++
      }
      output.seal()
      cleaned.keepTimeOf(group.at(-1)!)
      meter.add(cleaned.sizeInBytes)
      isSwappedIn = true
      log.files.replaceSegments([cleaned], group)
      watched.replace(cleaned, group)
      watched.check()
      this.#stats.segmentsWritten++
    } finally {
      if (!isSwappedIn) discard(cleaned, log)
    }
  }

  #addAborted(segment: LogSegment, next: LogSegment | undefined): void {
    const endOffset = next?.baseOffset ?? segment.nextOffset
    this.#transactions.addAbortedTransactions(
      abortedBetween(this.#toClean.log, segment.baseOffset, endOffset),
    )
  }

  #rulesFor(segment: LogSegment, lastRecords: RetentionRules['lastRecords']): RetentionRules {
    const { log } = this.#toClean
    return {
      map: this.#map,
      transactions: this.#transactions,
      nowMs: this.#options.nowMs,
      deleteRetentionMs: log.config.deleteRetentionMs,
      retainLegacyDeletes: segment.largestTimestamp > this.#legacyDeleteHorizonMs,
      lastRecords,
      highWatermark: log.highWatermark,
      maxDecompressedBytes: log.config.maxDecompressedMessageBytes,
      stats: this.#stats,
    }
  }
}
