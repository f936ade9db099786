import type { LogConfig } from './log-config.ts'
import type { RemovedSegments } from './log-types.ts'
import type { LogSegment } from './segment.ts'

/** Whether a segment, which ends where `next` begins, is to go. Asked in order, and no more after the first no. */
export type Breach = (segment: LogSegment, next: LogSegment | undefined) => boolean

/** Every record of the segment is below the log start offset. */
export function startOffsetBreach(logStartOffset: number): Breach {
  return (_segment, next) => next !== undefined && next.baseOffset <= logStartOffset
}

/** Without the segment the log still has `retention.bytes`. */
export function retentionSizeBreach(sizeInBytes: number, { retentionBytes }: LogConfig): Breach {
  let excessBytes = retentionBytes < 0 ? 0 : sizeInBytes - retentionBytes
  return (segment) => {
    if (excessBytes <= 0 || excessBytes < segment.sizeInBytes) return false
    excessBytes -= segment.sizeInBytes
    return true
  }
}

/** The newest record of the segment is older than `retention.ms`. */
export function retentionMsBreach(nowMs: number, { retentionMs }: LogConfig): Breach {
  return (segment) => retentionMs >= 0 && nowMs - segment.maxTimestamp.timestamp > retentionMs
}

/**
 * The segments from the first on that are over the line; none that reaches beyond the high watermark, so that the log start offset
 * never passes that, and not the active one when it is empty.
 */
export function deletableSegments(
  segments: readonly LogSegment[],
  highWatermark: number,
  isBreached: Breach,
): LogSegment[] {
  const deletable: LogSegment[] = []
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1]
    if (next === undefined && segment.sizeInBytes === 0) break
    const upperBoundOffset = next?.baseOffset ?? segment.nextOffset
    if (highWatermark < upperBoundOffset || !isBreached(segment, next)) break
    deletable.push(segment)
  }
  return deletable
}

/** No segment left the log. */
export const nothingRemoved: RemovedSegments = { segments: 0, sizeInBytes: 0 }

/** What the segments come to together. */
export function removedOf(segments: readonly LogSegment[]): RemovedSegments {
  return {
    segments: segments.length,
    sizeInBytes: segments.reduce((total, segment) => total + segment.sizeInBytes, 0),
  }
}

/** Two removals as one. */
export function sumOf(a: RemovedSegments, b: RemovedSegments): RemovedSegments {
  return { segments: a.segments + b.segments, sizeInBytes: a.sizeInBytes + b.sizeInBytes }
}
