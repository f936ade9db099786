import type { LocalLog } from './local-log.ts'
import type { LogConfig } from './log-config.ts'
import type { LogDurability } from './log-durability.ts'
import type { LogEnvironment } from './log-environment.ts'
import type { LogOffsets } from './log-offsets.ts'
import type { RemovedSegments } from './log-types.ts'
import type { LogSegment } from './segment/segment.ts'

/** The result when no segment was deleted. */
export const nothingRemoved: RemovedSegments = { segments: 0, sizeInBytes: 0 }

/**
 * Deletes the segments of a log that retention does not keep (the retention of Kafka's
 * `UnifiedLog`).
 */
export class LogRetention {
  readonly #environment: LogEnvironment
  readonly #local: LocalLog
  readonly #offsets: LogOffsets
  readonly #durability: LogDurability

  constructor(
    environment: LogEnvironment,
    local: LocalLog,
    offsets: LogOffsets,
    durability: LogDurability,
  ) {
    this.#environment = environment
    this.#local = local
    this.#offsets = offsets
    this.#durability = durability
  }

  /** See `LogFiles.deleteOldSegments`. */
  deleteOldSegments(): RemovedSegments {
    const { config, segments } = this.#local
    if (segments.sizeInBytes === 0 && segments.all.length === 1) return nothingRemoved
    const removed = [this.#delete(startOffsetBreach(this.#offsets.logStartOffset))]
    if (config.cleanupPolicy.delete) {
      const nowMs = this.#environment.clock.now()
      removed.push(this.#delete(retentionSizeBreach(segments.sizeInBytes, config)))
      removed.push(this.#delete(retentionMsBreach(nowMs, config)))
    }
    return sumOf(removed.flat())
  }

  #delete(breach: RetentionBreach): readonly LogSegment[] {
    const { segments, logEndOffset, name } = this.#local
    const { highWatermark } = this.#offsets
    const deletable = deletableSegments(segments.all, logEndOffset, highWatermark, breach)
    if (deletable.length === 0) return deletable
    const baseOffsets = deletable.map(({ baseOffset }) => baseOffset).join(', ')
    this.#environment.onInfo?.(`${name}: deletes the segments ${baseOffsets} by ${breach.reason}`)
    if (deletable.length === segments.all.length) this.#durability.roll(logEndOffset)
    this.#offsets.incrementLogStartOffset(segments.all[deletable.length]!.baseOffset)
    this.#local.removeSegments(deletable)
    return deletable
  }
}

/** A limit that old segments exceed, such as a retention time. */
interface RetentionBreach {
  /** The limit, for the log line. */
  readonly reason: string
  /**
   * Returns whether a segment before `next` exceeds the limit. Called in order, until it returns
   * false.
   */
  readonly isBreached: (segment: LogSegment, next: LogSegment | undefined) => boolean
}

/** Every record of the segment is below the log start offset. */
function startOffsetBreach(logStartOffset: number): RetentionBreach {
  return {
    reason: `the log start offset ${logStartOffset}`,
    isBreached: (_segment, next) => next !== undefined && next.baseOffset <= logStartOffset,
  }
}

/** The log without the segment still has `retention.bytes`. */
function retentionSizeBreach(sizeInBytes: number, { retentionBytes }: LogConfig): RetentionBreach {
  let excessBytes = sizeInBytes - retentionBytes
  const isBreached = (segment: LogSegment) => {
    if (retentionBytes < 0 || excessBytes < segment.sizeInBytes) return false
    excessBytes -= segment.sizeInBytes
    return true
  }
  return { reason: `retention.bytes ${retentionBytes}`, isBreached }
}

/** The newest record of the segment is older than `retention.ms`. */
function retentionMsBreach(nowMs: number, { retentionMs }: LogConfig): RetentionBreach {
  return {
    reason: `retention.ms ${retentionMs}`,
    isBreached: (segment) => retentionMs >= 0 && nowMs - segment.largestTimestamp > retentionMs,
  }
}

/**
 * Returns the first segments that exceed the limit, without those that reach beyond the high
 * watermark, so that the log start offset never passes it, and without an empty active segment.
 */
function deletableSegments(
  segments: readonly LogSegment[],
  logEndOffset: number,
  highWatermark: number,
  { isBreached }: RetentionBreach,
): LogSegment[] {
  const deletable: LogSegment[] = []
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1]
    if (next === undefined && segment.sizeInBytes === 0) break
    const upperBoundOffset = next?.baseOffset ?? logEndOffset
    if (highWatermark < upperBoundOffset || !isBreached(segment, next)) break
    deletable.push(segment)
  }
  return deletable
}

function sumOf(removed: readonly LogSegment[]): RemovedSegments {
  if (removed.length === 0) return nothingRemoved
  const sizeInBytes = removed.reduce((total, segment) => total + segment.sizeInBytes, 0)
  return { segments: removed.length, sizeInBytes }
}
