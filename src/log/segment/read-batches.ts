import type { FileHandle } from '../../platform/file-system.ts'
import { BATCH_OVERHEAD } from '../../record/batch-layout.ts'
import { batchSizeAt, BatchView } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import type { UnreadBytes } from '../../platform/unread-bytes.ts'

/** Provides a buffer of `sizeInBytes` for a read, or undefined to leave the bytes unread. */
export type Allocate = (sizeInBytes: number) => Uint8Array | undefined

/** Allocates a buffer for every read. */
export const allocateFresh: Allocate = (sizeInBytes) => Buffer.allocUnsafeSlow(sizeInBytes)

/** Batches of one segment: read, or to be read when they are sent. */
export interface SegmentRead {
  readonly slices: readonly Uint8Array[]
  readonly unread?: UnreadBytes
  readonly sizeInBytes: number
  /** An offset above their last record. */
  readonly upperBoundOffset: number
}

/** The result of a read with no room for a batch. */
export const emptySegmentRead: SegmentRead = { slices: [], sizeInBytes: 0, upperBoundOffset: 0 }

/** Whole batches of a file. */
export interface ReadBatches {
  readonly bytes: Uint8Array
  /** The offset after the last record; undefined if no batch was read. */
  readonly nextOffset: number | undefined
  /**
   * The number of bytes left unread for lack of memory. Nothing is read then, and the last batch
   * may be incomplete.
   */
  readonly unreadBytes: number
}

/**
 * Reads whole batches from `position` that end at or before `maxPosition`: up to `maxBytes`, but
 * with `minOneMessage` at least the first one (KIP-74). Uses one buffer, and one read unless the
 * first batch is larger than `maxBytes`. Without memory, it reads only the first header.
 */
export function readBatches(
  file: FileHandle,
  position: number,
  maxPosition: number,
  maxBytes: number,
  minOneMessage: boolean,
  allocate: Allocate,
): ReadBatches {
  const available = Math.max(0, maxPosition - position)
  const wanted = Math.min(maxBytes, available)
  const memory = allocate(Math.min(Math.max(wanted, BATCH_OVERHEAD), available))
  const bytes = readAt(file, position, memory ?? header.subarray(0, available))
  if (bytes.length === 0) return nothing
  const first = batchSizeAt(bytes, 0, Infinity)
  if (first <= wanted) {
    return memory === undefined ? unread(wanted) : upToLastBatch(bytes.subarray(0, wanted))
  }
  if (first > available) {
    throw new CorruptRecordError(`a batch of ${first} bytes at ${position} ends beyond its segment`)
  }
  if (!minOneMessage) return nothing
  const room = allocate(first)
  return room === undefined ? unread(first) : upToLastBatch(readAt(file, position, room))
}

/** One buffer for all reads, because reading is synchronous. */
const header = Buffer.allocUnsafeSlow(BATCH_OVERHEAD)

const none = new Uint8Array(0)
const nothing: ReadBatches = { bytes: none, nextOffset: undefined, unreadBytes: 0 }

function unread(sizeInBytes: number): ReadBatches {
  return { bytes: none, nextOffset: undefined, unreadBytes: sizeInBytes }
}

function readAt(file: FileHandle, position: number, target: Uint8Array): Uint8Array {
  const count = file.read(target, position)
  return count === target.length ? target : target.subarray(0, count)
}

/** Cuts off an incomplete batch at the end. A corrupt header fails the read that begins there. */
function upToLastBatch(bytes: Uint8Array): ReadBatches {
  let end = 0
  let last = 0
  try {
    for (let size; (size = batchSizeAt(bytes, end)) > 0; end += size) last = end
  } catch (error) {
    if (end === 0 || !(error instanceof CorruptRecordError)) throw error
  }
  if (end === 0) return nothing
  const { nextOffset } = new BatchView(bytes, last)
  return { bytes: bytes.subarray(0, end), nextOffset, unreadBytes: 0 }
}
