import type { FileHandle } from '../platform/file-system.ts'
import { batchSizeAt, BatchView } from '../record/batch-view.ts'
import { neededBytes } from './batch-scanner.ts'
import { wholeBatchesEnd } from './whole-batches.ts'

/** Read beyond what was asked for, since the index leads to a batch somewhat before the one that is wanted. */
const SLACK_BYTES = 8 * 1024

/** Where what is read goes: a buffer of at least `sizeInBytes`. */
export type Allocate = (sizeInBytes: number) => Uint8Array

/** A buffer of its own for every read. */
export const allocateFresh: Allocate = (sizeInBytes) => Buffer.allocUnsafeSlow(sizeInBytes)

/** What to read of a segment's file. */
export interface ReadBounds {
  readonly startOffset: number
  /** A batch's position at or before that of the batch with `startOffset`. */
  readonly from: number
  readonly maxBytes: number
  readonly maxPosition: number
  readonly minOneMessage: boolean
}

/**
 * Whole batches of a file, from the one that ends at or after `startOffset` on, in one buffer; usually one read.
 * Empty when none fits; `undefined` when there is no such batch.
 *
 * @param fileBytes how much of the file holds batches
 */
export function readBatches(
  file: FileHandle,
  { startOffset, from, maxBytes, maxPosition, minOneMessage }: ReadBounds,
  fileBytes: number,
  allocate: Allocate,
): Uint8Array | undefined {
  const usefulBytes = Math.max(0, Math.min(maxBytes, maxPosition - from)) + SLACK_BYTES
  let position = from
  for (let needed = 0; ;) {
    const bytes = readAt(
      file,
      position,
      Math.min(Math.max(needed, usefulBytes), fileBytes - position),
      allocate,
    )
    if (bytes.length < needed || bytes.length === 0) return undefined
    const at = findBatch(bytes, startOffset)
    const size = batchSizeAt(bytes, at)
    if (size > 0) {
      const limit = Math.min(bytes.length, maxPosition - position)
      return bytes.subarray(at, wholeBatchesEnd(bytes, at, limit, maxBytes, minOneMessage))
    }
    needed = neededBytes(bytes, at, bytes.length)
    if (at === 0 && needed <= bytes.length) return undefined
    position += at
  }
}

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

/** Where in `bytes` the first batch begins that ends at or after `offset`, or where the whole batches end. */
function findBatch(bytes: Uint8Array, offset: number): number {
  let at = 0
  for (let size; (size = batchSizeAt(bytes, at)) > 0; at += size) {
    if (new BatchView(bytes, at).lastOffset >= offset) break
  }
  return at
}
