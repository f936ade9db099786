import type { Log } from '../log.ts'
import type { LogSegment } from '../segment/segment.ts'

/** Which offsets of a log may be cleaned (Kafka's `OffsetsToClean`). */
export interface CleanableOffsets {
  readonly firstDirtyOffset: number
  /** At or above {@link firstDirtyOffset}. */
  readonly firstUncleanableOffset: number
  /** Why the checkpoint does not hold and has to be written anew. */
  readonly invalidCheckpoint: string | undefined
}

/** A log and what is to be done with it (Kafka's `LogToClean`). Sizes are in bytes. */
export interface LogToClean {
  readonly log: Log
  readonly firstDirtyOffset: number
  /** The base offset of a segment. */
  readonly firstUncleanableOffset: number
  /** A record has waited for `max.compaction.lag.ms`. */
  readonly needsCompactionNow: boolean
  readonly cleanableBytes: number
  readonly totalBytes: number
  /** The dirty share of what may be cleaned and what is clean; 0 when there is neither. */
  readonly cleanableRatio: number
}

/**
 * Kafka's `LogCleanerManager.cleanableOffsets`: from where the last cleaning ended to the active segment, the last stable offset or the
 * first segment that is younger than `min.compaction.lag.ms`.
 *
 * @param checkpointed where the last cleaning ended; undefined when there was none
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

/** What cleaning the log between these offsets means. */
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

/** Whether it is worth cleaning, by `min.cleanable.dirty.ratio` or because it must not wait longer. */
export function isCleanable(toClean: LogToClean): boolean {
  if (toClean.totalBytes === 0) return false
  if (toClean.needsCompactionNow && toClean.cleanableBytes > 0) return true
  return toClean.cleanableRatio > toClean.log.config.minCleanableDirtyRatio
}

/**
 * When the answer for a log that is not touched may become another one, since a segment comes of age or is overdue; `Infinity` for
 * never.
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
 * The segments from the one that holds `from` up to, not including, the one that begins at or above `to`, as Kafka's
 * `LogSegments.values` has it.
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

/** After this time the oldest dirty record has waited too long; by the first batch of each segment. */
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
