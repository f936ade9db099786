import type { BatchView } from '../record/batch-view.ts'
import { recordsOf } from '../record/records.ts'
import type { TimestampAndOffset } from './log-types.ts'
import type { LogSegment } from './segment/segment.ts'
import type { LogSegments } from './segment/segments.ts'

/**
 * Returns the first record at or after `startOffset` with `timestamp` or a later one (Kafka's
 * `searchOffsetInLocalLog`). As in Kafka, it searches only the first segment with a large enough
 * timestamp, and finds nothing if that record is below `startOffset`. Skips segments without
 * timestamps, which compaction leaves; Kafka uses the modification time of their files.
 */
export function findTimestamp(
  segments: LogSegments,
  timestamp: number,
  startOffset: number,
): TimestampAndOffset | undefined {
  const segment = segments.all.find(({ maxTimestamp }) => maxTimestamp.timestamp >= timestamp)
  return segment && findTimestampIn(segment, timestamp, startOffset)
}

/**
 * Returns the first record with the largest timestamp (KIP-734), or the first record if none has a
 * timestamp.
 */
export function findMaxTimestamp(segments: LogSegments): TimestampAndOffset | undefined {
  let latest: LogSegment | undefined
  for (const segment of segments.all) {
    const { timestamp } = segment.maxTimestamp
    const isLater = latest === undefined || timestamp > latest.maxTimestamp.timestamp
    if (segment.sizeInBytes > 0 && isLater) latest = segment
  }
  if (latest === undefined) return undefined
  const { timestamp, offset } = latest.maxTimestamp
  for (const { batch } of latest.batchesFrom(latest.offsetIndex.lookup(offset).position)) {
    if (batch.maxTimestamp !== timestamp) continue
    const found = findRecord(batch, timestamp, batch.baseOffset)
    if (found !== undefined) return found
  }
  return undefined
}

function findTimestampIn(
  segment: LogSegment,
  timestamp: number,
  startOffset: number,
): TimestampAndOffset | undefined {
  const offset = Math.max(segment.timeIndex.lookup(timestamp).offset, startOffset)
  for (const { batch } of segment.batchesFrom(segment.offsetIndex.lookup(offset).position)) {
    if (batch.maxTimestamp < timestamp) continue
    const found = findRecord(batch, timestamp, startOffset)
    if (found !== undefined) return found
  }
  return undefined
}

function findRecord(
  batch: BatchView,
  timestamp: number,
  startOffset: number,
): TimestampAndOffset | undefined {
  for (const record of recordsOf(batch)) {
    if (record.timestamp >= timestamp && record.offset >= startOffset) {
      const leaderEpoch = batch.partitionLeaderEpoch
      return { timestamp: record.timestamp, offset: record.offset, leaderEpoch }
    }
  }
  return undefined
}
