import { BrokenStreamError } from './corrupt-record-error.ts'
import type { DecodeBuffer } from './decode-buffer.ts'
import { uint32LittleEndianAt } from './little-endian.ts'
import { copyMatch, copyRun } from './lz77-copy.ts'

/**
 * Three bytes of Snappy produce at most 64: a block cannot contain more than this many times its
 * size.
 */
const MAX_RATIO = 22

/**
 * Decodes one Snappy block, from `start` to `end` of `input`, and appends it to `output`. This is
 * JavaScript, because the native library allocates its result, which takes longer than decoding
 * here.
 *
 * @throws BrokenStreamError if it is not valid; RecordTooLargeError beyond the limit of `output`
 */
export function decodeSnappyBlock(
  input: Uint8Array,
  start: number,
  end: number,
  output: DecodeBuffer,
): void {
  let position = start
  let size = 0
  for (let shift = 0; ; shift += 7) {
    if (position >= end || shift > 28) throw new BrokenStreamError('Snappy block says no size')
    const byte = input[position++]!
    size += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  if (size > (end - start) * MAX_RATIO) {
    throw new BrokenStreamError(`Snappy block of ${end - start} bytes cannot hold ${size}`)
  }
  output.reserve(size)
  const from = output.size
  if (!decodeElements(input, position, end, output.bytes, from, from + size)) {
    throw new BrokenStreamError('Snappy block cannot be decompressed')
  }
  output.size = from + size
}

/** Returns whether the elements are valid and have the declared size. */
function decodeElements(
  input: Uint8Array,
  start: number,
  end: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  let position = start
  let at = from
  while (position < end) {
    const tag = input[position++]!
    const kind = tag & 3
    let length = (tag >>> 2) + 1
    if (kind === 0) {
      if (length > 60) {
        const sizeBytes = length - 60
        if (position + sizeBytes > end) return false
        length = 1
        for (let index = 0; index < sizeBytes; index++) length += input[position++]! * 256 ** index
      }
      if (length > end - position || length > to - at) return false
      copyRun(input, position, bytes, at, length)
      position += length
    } else {
      let distance: number
      if (kind === 1) {
        length = ((tag >>> 2) & 7) + 4
        distance = ((tag >>> 5) << 8) | input[position]!
        position += 1
      } else if (kind === 2) {
        distance = input[position]! | (input[position + 1]! << 8)
        position += 2
      } else {
        distance = uint32LittleEndianAt(input, position)
        position += 4
      }
      if (position > end || distance === 0 || distance > at - from || length > to - at) return false
      copyMatch(bytes, at, distance, length)
    }
    at += length
  }
  return at === to
}
