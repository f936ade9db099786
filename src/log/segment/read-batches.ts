import type { FileHandle } from '../../platform/file-system.ts'
import { BATCH_OVERHEAD } from '../../record/batch-layout.ts'
import { batchSizeAt, BatchView } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import type { UnreadBytes } from '../../platform/unread-bytes.ts'

/** Where what is read goes: a buffer of `sizeInBytes`; undefined where it is to be left unread. */
export type Allocate = (sizeInBytes: number) => Uint8Array | undefined

/** A buffer of its own for every read. */
export const allocateFresh: Allocate = (sizeInBytes) => Buffer.allocUnsafeSlow(sizeInBytes)

/** Batches of one segment, read or to be read when they are sent. */
export interface SegmentRead {
  readonly slices: readonly Uint8Array[]
  readonly unread?: UnreadBytes
  readonly sizeInBytes: number
  /** An offset above the last of them. */
  readonly upperBoundOffset: number
}

/** A read that no batch fits into. */
export const emptySegmentRead: SegmentRead = { slices: [], sizeInBytes: 0, upperBoundOffset: 0 }

/** Whole batches of a file. */
export interface ReadBatches {
  readonly bytes: Uint8Array
  /** The offset after the last record; undefined when no batch was read. */
  readonly nextOffset: number | undefined
  /** How many bytes there are to send that got no memory, of which the last batch may not be whole. Then none is read. */
  readonly unreadBytes: number
}

/**
 * Whole batches from the one at `position` on that end at or before `maxPosition`, together not above `maxBytes`, but
 * with `minOneMessage` the first in any case (KIP-74). In one buffer, by one read unless the first is larger than
 * `maxBytes`; where there is no memory, only the first header is looked at.
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

/** Reading is synchronous, so that one serves all. */
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

/** What is left when a batch that is not there whole is cut off. Where no batch can begin is met by the read from there on. */
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
