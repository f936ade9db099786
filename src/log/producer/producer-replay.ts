import type { LogSegment } from '../segment/segment.ts'
import type { ProducerState } from './producer-state.ts'

/**
 * Rebuilds the producers of a log that ends at `logEndOffset`, from the newest snapshot at or below
 * the end and the batches after it (Kafka's `rebuildProducerState`). If all producers had expired,
 * only a snapshot restores them. Returns the offset of the snapshot.
 *
 * @param segments the segments of the log, in order; those at or after the end may be omitted
 * @param hadCleanShutdown if there are no snapshots at all, writes all that should exist
 */
export function rebuildProducers(
  producers: ProducerState,
  segments: readonly LogSegment[],
  logStartOffset: number,
  logEndOffset: number,
  hadCleanShutdown = false,
): number {
  const areForgotten = producers.isEmpty && producers.mapEndOffset >= logEndOffset
  const hadSnapshots = producers.reload(logStartOffset, logEndOffset)
  if (hadCleanShutdown && !hadSnapshots) producers.missSnapshots()
  const knownTo = producers.mapEndOffset
  if (knownTo < logEndOffset && !areForgotten) {
    const first = segments.findLastIndex(({ baseOffset }) => baseOffset <= knownTo)
    for (let index = Math.max(0, first); index < segments.length; index++) {
      const segment = segments[index]!
      if (segment.baseOffset >= logEndOffset) break
      const from = Math.max(segment.baseOffset, producers.mapEndOffset, logStartOffset)
      producers.setMapEndOffset(from)
      if (index >= segments.length - 2) producers.takeSnapshot()
      replayFrom(producers, segment, from)
    }
  }
  producers.setMapEndOffset(logEndOffset)
  producers.takeSnapshot()
  return knownTo
}

function replayFrom(producers: ProducerState, segment: LogSegment, offset: number): void {
  for (const { batch } of segment.batchesFrom(segment.positionOf(offset))) {
    for (const completed of producers.replay(batch)) producers.completeTransaction(completed)
    producers.setMapEndOffset(batch.nextOffset)
  }
}
