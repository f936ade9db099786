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

/** Which batches may follow a damaged stretch. */
export interface Wanted {
  /** Base offsets from here on. */
  readonly fromOffset: number
  /** Base offsets below. */
  readonly toOffset: number
  /** Whether messages of magic 0 and 1 count: their headers say so little that many bytes look like one. */
  readonly allowsLegacy: boolean
}

/**
 * Returns the position of the first batch at or after `from` whose header is plausible and whose checksum is right, at whatever byte
 * it begins; `undefined` when there is none below `to`.
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
    // No batch begins within zeros, of which a preallocated segment may have a gigabyte.
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

/** By the header alone. */
function isPlausible(bytes: Uint8Array, at: number, remaining: number, wanted: Wanted): boolean {
  // No offset gets to 2^48.
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
