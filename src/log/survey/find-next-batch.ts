import type { FileHandle } from '../../platform/file-system.ts'
import {
  ATTRIBUTES,
  BATCH_OVERHEAD,
  LAST_OFFSET_DELTA,
  LEGACY_ATTRIBUTES,
  LENGTH,
  LOG_OVERHEAD,
  MAGIC,
  RECORD_COUNT,
  RECORD_OVERHEAD_V0,
  RECORD_OVERHEAD_V1,
} from '../../record/batch-layout.ts'
import { BatchView } from '../../record/batch-view.ts'
import { int16At, int32At, int64At } from '../../record/big-endian.ts'
import { isZeroFilled } from './foreign-content.ts'

const WINDOW_BYTES = 1024 * 1024
/** Delete horizon, control, transactional, timestamp type and codec. */
const MAX_ATTRIBUTES = 0x7f
const MAX_LEGACY_ATTRIBUTES = 0x0f

/** The batches that may follow a damaged part. */
export interface Wanted {
  /** The smallest base offset. */
  readonly fromOffset: number
  /** The end of the base offsets, exclusive. */
  readonly toOffset: number
  /**
   * Whether messages of magic 0 and 1 count. Their headers have so little structure that many bytes
   * look like one.
   */
  readonly allowsLegacy: boolean
}

/**
 * Returns the position of the first batch at or after `from` with a plausible header and a valid
 * checksum, at any byte. Returns undefined if there is none below `to`.
 */
export function findNextBatch(
  file: Pick<FileHandle, 'read'>,
  from: number,
  to: number,
  wanted: Wanted,
): number | undefined {
  const window = Buffer.allocUnsafeSlow(Math.max(0, Math.min(WINDOW_BYTES, to - from)))
  for (let start = from; to - start >= LOG_OVERHEAD + RECORD_OVERHEAD_V0;) {
    const count = file.read(window.subarray(0, Math.min(window.length, to - start)), start)
    const isEnd = start + count >= to || count === 0
    const headerBytes = Math.min(BATCH_OVERHEAD, count)
    const last = isEnd ? count - LOG_OVERHEAD - RECORD_OVERHEAD_V0 : count - headerBytes
    // No batch begins within zeros. A preallocated segment may have a gigabyte of them.
    const isZeros = isZeroFilled(window.subarray(0, count))
    for (let at = isZeros ? last + 1 : 0; at <= last; at++) {
      if (!isPlausible(window, at, to - start - at, wanted)) continue
      if (isValid(file, window, at, count, start)) return start + at
    }
    if (isEnd || last < 0) return undefined
    start += last + 1
  }
  return undefined
}

/** Checks the header only. */
function isPlausible(bytes: Uint8Array, at: number, remaining: number, wanted: Wanted): boolean {
  // No offset reaches 2^48.
  if (bytes[at] !== 0 || bytes[at + 1] !== 0) return false
  const magic = bytes[at + MAGIC]!
  if (magic > 2 || (magic < 2 && !wanted.allowsLegacy)) return false
  const sizeInBytes = LOG_OVERHEAD + int32At(bytes, at + LENGTH)
  const baseOffset = int64At(bytes, at)
  if (sizeInBytes > remaining) return false
  if (baseOffset < wanted.fromOffset || baseOffset >= wanted.toOffset) return false
  if (magic < 2) {
    const overhead = magic === 0 ? RECORD_OVERHEAD_V0 : RECORD_OVERHEAD_V1
    const attributes = bytes[at + LEGACY_ATTRIBUTES]!
    return sizeInBytes >= LOG_OVERHEAD + overhead && attributes <= MAX_LEGACY_ATTRIBUTES
  }
  if (sizeInBytes < BATCH_OVERHEAD) return false
  const attributes = int16At(bytes, at + ATTRIBUTES)
  const lastOffsetDelta = int32At(bytes, at + LAST_OFFSET_DELTA)
  const recordCount = int32At(bytes, at + RECORD_COUNT)
  if (attributes < 0 || attributes > MAX_ATTRIBUTES) return false
  return lastOffsetDelta >= 0 && recordCount >= 0 && recordCount <= lastOffsetDelta + 1
}

function isValid(
  file: Pick<FileHandle, 'read'>,
  window: Uint8Array,
  at: number,
  windowLength: number,
  windowStart: number,
): boolean {
  const sizeInBytes = LOG_OVERHEAD + int32At(window, at + LENGTH)
  if (at + sizeInBytes <= windowLength) return new BatchView(window, at).isChecksumValid
  const bytes = Buffer.allocUnsafeSlow(sizeInBytes)
  return file.read(bytes, windowStart + at) === sizeInBytes && new BatchView(bytes).isChecksumValid
}
