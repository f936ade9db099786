import type { FileHandle } from '../../platform/file-system.ts'
import type { OffsetIndex, OffsetPosition } from '../index/offset-index.ts'
import type { SegmentRead } from './read-batches.ts'
import type { UnreadBytes } from '../../platform/unread-bytes.ts'

/**
 * A stretch of a segment that is left unread until it is sent. Its file is opened when it is read from, and found also
 * while the segment waits for its deletion (`file.delete.delay.ms`).
 */
export class UnreadBatches implements UnreadBytes {
  readonly length: number
  readonly #open: () => FileHandle
  readonly #start: number

  /** @param start where in the file it begins */
  constructor(open: () => FileHandle, start: number, sizeInBytes: number) {
    this.length = sizeInBytes
    this.#open = open
    this.#start = start
  }

  read(target: Uint8Array, position: number): void {
    const count = this.#open().read(target, this.#start + position)
    if (count < target.length) {
      throw new Error(`${target.length - count} bytes of a segment have gone while they were sent`)
    }
  }
}

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
