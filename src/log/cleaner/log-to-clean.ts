import type { Log } from '../log.ts'
import type { LogSegment } from '../segment/segment.ts'

/** The cleanable offsets of a log (Kafka's `OffsetsToClean`). */
export interface CleanableOffsets {
  readonly firstDirtyOffset: number
  /** At or above {@link firstDirtyOffset}. */
  readonly firstUncleanableOffset: number
  /** The reason why the checkpoint is invalid and must be replaced. */
  readonly invalidCheckpoint: string | undefined
}

/** A log and its cleanable part (Kafka's `LogToClean`). Sizes are in bytes. */
export interface LogToClean {
  readonly log: Log
  readonly firstDirtyOffset: number
  /** The base offset of a segment. */
  readonly firstUncleanableOffset: number
  /** Whether a record has waited for `max.compaction.lag.ms`. */
  readonly needsCompactionNow: boolean
  readonly cleanableBytes: number
  readonly totalBytes: number
  /** The dirty share of the clean and the cleanable bytes; 0 if there are none. */
  readonly cleanableRatio: number
}

/**
 * Returns the offsets from the end of the last cleaning up to the active segment, the last stable
 * offset, or the first segment younger than `min.compaction.lag.ms` (Kafka's
 * `LogCleanerManager.cleanableOffsets`).
 *
 * @param checkpointed the end of the last cleaning; undefined if there was none
 */
export function cleanableOffsets(
  log: Log,
  checkpointed: number | undefined,
  nowMs: number,
): CleanableOffsets {
  const invalidCheckpoint = whyInvalid(log, checkpointed)
  const isUsable = checkpointed !== undefined && invalidCheckpoint === undefined
  const firstDirtyOffset = isUsable ? checkpointed : log.logStartOffset
  const firstUncleanableOffset = Math.min(
    log.lastStableOffset,
    activeSegmentOf(log).baseOffset,
    firstYoungOffset(log, firstDirtyOffset, nowMs),
  )
  return {
    firstDirtyOffset,
    firstUncleanableOffset: Math.max(firstDirtyOffset, firstUncleanableOffset),
    invalidCheckpoint,
  }
}

/** Returns the sizes and ratios of a cleaning between these offsets. */
export function logToClean(log: Log, offsets: CleanableOffsets, nowMs: number): LogToClean {
  const { firstDirtyOffset } = offsets
  const cleanBytes = sizeOf(segmentsBetween(log.files.segments, -1, firstDirtyOffset))
  const uncleanable = nonActiveSegmentsFrom(log, offsets.firstUncleanableOffset)
  const { baseOffset } = uncleanable[0] ?? activeSegmentOf(log)
  const dirtyFrom = Math.min(firstDirtyOffset, baseOffset)
  const cleanableBytes = sizeOf(segmentsBetween(log.files.segments, dirtyFrom, baseOffset))
  const totalBytes = cleanBytes + cleanableBytes
  return {
    log,
    firstDirtyOffset,
    firstUncleanableOffset: baseOffset,
    needsCompactionNow: compactionDueMs(log, firstDirtyOffset) < nowMs,
    cleanableBytes,
    totalBytes,
    cleanableRatio: totalBytes === 0 ? 0 : cleanableBytes / totalBytes,
  }
}

/**
 * Returns whether the log is worth cleaning, by `min.cleanable.dirty.ratio` or because a record has
 * waited too long.
 */
export function isCleanable(toClean: LogToClean): boolean {
  if (toClean.totalBytes === 0) return false
  if (toClean.needsCompactionNow && toClean.cleanableBytes > 0) return true
  return toClean.cleanableRatio > toClean.log.config.minCleanableDirtyRatio
}

/**
 * Returns the time at which the result for an unchanged log may change, because a segment reaches
 * an age; `Infinity` for never.
 */
export function nextCleanableMs(log: Log, firstDirtyOffset: number, nowMs: number): number {
  const { minCompactionLagMs } = log.config
  let nextMs = compactionDueMs(log, firstDirtyOffset) + 1
  for (const segment of nonActiveSegmentsFrom(log, firstDirtyOffset)) {
    if (minCompactionLagMs <= 0) break
    const oldEnoughMs = segment.largestTimestamp + minCompactionLagMs
    if (oldEnoughMs > nowMs) nextMs = Math.min(nextMs, oldEnoughMs)
  }
  return nextMs > nowMs ? nextMs : Infinity
}

/**
 * Returns the segments from the one that contains `from` to the one that begins at or above `to`,
 * exclusive (Kafka's `LogSegments.values`).
 */
export function segmentsBetween(
  segments: readonly LogSegment[],
  from: number,
  to: number,
): LogSegment[] {
  if (from >= to) return []
  return segments.filter(
    ({ baseOffset }, index) =>
      baseOffset < to && (segments[index + 1]?.baseOffset ?? Infinity) > from,
  )
}

function whyInvalid(log: Log, checkpointed: number | undefined): string | undefined {
  if (checkpointed === undefined) return undefined
  const { logStartOffset, logEndOffset } = log
  if (checkpointed < logStartOffset) {
    return `cleaned up to ${checkpointed}, below the log start offset ${logStartOffset}`
  }
  if (checkpointed > logEndOffset) {
    return `cleaned up to ${checkpointed}, above the log end offset ${logEndOffset}`
  }
  return undefined
}

function firstYoungOffset(log: Log, firstDirtyOffset: number, nowMs: number): number {
  const { minCompactionLagMs } = log.config
  if (minCompactionLagMs <= 0) return Infinity
  const young = nonActiveSegmentsFrom(log, firstDirtyOffset).find(
    ({ largestTimestamp }) => largestTimestamp > nowMs - minCompactionLagMs,
  )
  return young?.baseOffset ?? Infinity
}

/**
 * Returns the time after which the oldest dirty record has waited too long, by the first batch of
 * each segment.
 */
function compactionDueMs(log: Log, firstDirtyOffset: number): number {
  const { maxCompactionLagMs } = log.config
  if (maxCompactionLagMs === Infinity) return Infinity
  let earliest = Infinity
  for (const segment of nonActiveSegmentsFrom(log, firstDirtyOffset)) {
    const { firstBatchTimestamp } = segment
    if (firstBatchTimestamp > 0) earliest = Math.min(earliest, firstBatchTimestamp)
  }
  return earliest + Math.max(0, maxCompactionLagMs)
}

function nonActiveSegmentsFrom(log: Log, offset: number): LogSegment[] {
  return segmentsBetween(log.files.segments, offset, activeSegmentOf(log).baseOffset)
}

function activeSegmentOf(log: Log): LogSegment {
  return log.files.segments.at(-1)!
}

function sizeOf(segments: readonly LogSegment[]): number {
  return segments.reduce((total, { sizeInBytes }) => total + sizeInBytes, 0)
}
