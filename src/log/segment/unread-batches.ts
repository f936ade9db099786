import type { FileHandle } from '../../platform/file-system.ts'
import type { OffsetIndex, OffsetPosition } from '../index/offset-index.ts'
import type { SegmentRead } from './read-batches.ts'
import type { UnreadBytes } from '../../platform/unread-bytes.ts'

/**
 * A part of a segment that is read when it is sent. Its file is opened at each read, even while the
 * segment waits for its deletion (`file.delete.delay.ms`).
 */
export class UnreadBatches implements UnreadBytes {
  readonly length: number
  readonly #open: () => FileHandle
  readonly #start: number

  /** @param start the position in the file */
  constructor(open: () => FileHandle, start: number, sizeInBytes: number) {
    this.length = sizeInBytes
    this.#open = open
    this.#start = start
  }

  read(target: Uint8Array, position: number): void {
    const count = this.#open().read(target, this.#start + position)
    if (count < target.length) {
      throw new Error(
        `${target.length - count} bytes of a segment were removed while they were sent`,
      )
    }
  }
}

/**
 * Returns batches that are read when they are sent. They end with the last batch that, by the
 * index, begins at or before `end`, so that little of the next one is sent for nothing; Kafka ends
 * at any byte.
 *
 * @param start the position of the first batch
 * @param end the largest end position, and an offset above it
 * @param index undefined if a batch ends at `end`
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
