import type { FileHandle } from '../platform/file-system.ts'
import { BATCH_OVERHEAD } from '../record/batch-layout.ts'
import { batchSizeAt, BatchView } from '../record/batch-view.ts'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'

/** Where what is read goes: a buffer of at least `sizeInBytes`. */
export type Allocate = (sizeInBytes: number) => Uint8Array

/** A buffer of its own for every read. */
export const allocateFresh: Allocate = (sizeInBytes) => Buffer.allocUnsafeSlow(sizeInBytes)

/** Whole batches of a file. */
export interface ReadBatches {
  readonly bytes: Uint8Array
  /** The offset after the last record; undefined when no batch was read. */
  readonly nextOffset: number | undefined
}

/**
 * Whole batches from the one at `position` on that end at or before `maxPosition`, together not above `maxBytes`, but
 * with `minOneMessage` the first in any case (KIP-74). In one buffer, by one read unless the first is larger than
 * `maxBytes`.
 */
export function readBatches(
  file: FileHandle,
  position: number,
  maxPosition: number,
  maxBytes: number,
  minOneMessage: boolean,
  allocate: Allocate,
): ReadBatches {
  const available = maxPosition - position
  const wanted = Math.min(maxBytes, available)
  const bytes = readAt(
    file,
    position,
    Math.min(Math.max(wanted, BATCH_OVERHEAD), available),
    allocate,
  )
  if (bytes.length === 0) return nothing
  const first = batchSizeAt(bytes, 0, Infinity)
  if (first <= wanted) return upToLastBatch(bytes.subarray(0, wanted))
  if (first > available) {
    throw new CorruptRecordError(`a batch of ${first} bytes at ${position} ends beyond its segment`)
  }
  if (!minOneMessage) return nothing
  return upToLastBatch(readAt(file, position, first, allocate))
}

const nothing: ReadBatches = { bytes: new Uint8Array(0), nextOffset: undefined }

function readAt(
  file: FileHandle,
  position: number,
  sizeInBytes: number,
  allocate: Allocate,
): Uint8Array {
  const size = Math.max(0, sizeInBytes)
  const bytes = allocate(size).subarray(0, size)
  const count = file.read(bytes, position)
  return count === size ? bytes : bytes.subarray(0, count)
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
  return { bytes: bytes.subarray(0, end), nextOffset: new BatchView(bytes, last).nextOffset }
}
