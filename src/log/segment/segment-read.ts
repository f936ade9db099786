import type { FileHandle } from '../../platform/file-system.ts'
import type { OffsetIndex, OffsetPosition } from '../index/offset-index.ts'
import { UnreadBatches } from './unread-batches.ts'

/** Batches of one segment, read or to be read when they are sent. */
export interface SegmentRead {
  readonly slices: readonly Uint8Array[]
  readonly unread?: UnreadBatches
  readonly sizeInBytes: number
  /** An offset above the last of them. */
  readonly upperBoundOffset: number
}

/** A read that no batch fits into. */
export const emptySegmentRead: SegmentRead = { slices: [], sizeInBytes: 0, upperBoundOffset: 0 }

/**
 * Batches that are read when they are sent. They end with the last batch that the index knows to begin at or before
 * `end`, so that little of the next one is sent in vain; Kafka cuts anywhere.
 *
 * @param start the position of the first
 * @param end where they end at the latest, and an offset above them
 * @param index none where a batch ends at `end`
 */
export function leaveUnread(
  open: () => FileHandle,
  start: number,
  end: OffsetPosition,
  index: OffsetIndex | undefined,
): SegmentRead {
  const known = index?.lookupPosition(end.position)
  const isKnown = known !== undefined && known.position > start
  const sizeInBytes = (isKnown ? known : end).position - start
  return {
    slices: [],
    unread: new UnreadBatches(open, start, sizeInBytes),
    sizeInBytes,
    upperBoundOffset: isKnown ? known.offset + 1 : end.offset,
  }
}
