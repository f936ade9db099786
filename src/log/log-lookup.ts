import type { BatchView } from '../record/batch-view.ts'
import { recordsOf } from '../record/records.ts'
import type { TimestampAndOffset } from './log-types.ts'
import type { LogSegment } from './segment/segment.ts'
import type { LogSegments } from './segment/segments.ts'

/**
 * The first record at or behind `startOffset` whose timestamp is `timestamp` or later (Kafka's `searchOffsetInLocalLog`). As in Kafka it is
 * looked for in the first segment that is young enough and in no other, so that it is not found where that one has it before
 * `startOffset`. A segment without a timestamp, as compaction leaves them, is passed over: Kafka goes by the time of its file.
 */
export function findTimestamp(
  segments: LogSegments,
  timestamp: number,
  startOffset: number,
): TimestampAndOffset | undefined {
  const segment = segments.all.find(({ maxTimestamp }) => maxTimestamp.timestamp >= timestamp)
  return segment && findTimestampIn(segment, timestamp, startOffset)
}

/** The first record that has the largest timestamp (KIP-734); where none has one, the first record. */
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
