import type { ProducerState } from './producer-state.ts'
import type { LogSegment } from '../segment/segment.ts'

/** Brings the producers up to date with the batches of the segments, from the state's map end offset on. */
export function replayProducers(producers: ProducerState, segments: readonly LogSegment[]): void {
  for (const segment of segments) {
    const from = producers.mapEndOffset
    if (segment.nextOffset <= from) continue
    for (const { batch } of segment.batchesFrom(segment.positionOf(from))) {
      for (const completed of producers.replay(batch)) producers.completeTransaction(completed)
    }
    producers.setMapEndOffset(segment.nextOffset)
  }
}
