import { crc32, gzipSync } from 'node:zlib'
import { inflateRaw } from '../platform/inflate-raw.ts'
import { BrokenStreamError } from './corrupt-record-error.ts'
import type { DecodeBuffer } from './decode-buffer.ts'
import { uint32LittleEndianAt } from './little-endian.ts'

/*
 * Gzip as Java's `GZIPInputStream` reads it: concatenated members, up to the first bytes that are
 * not a member.
 */

const HEADER_BYTES = 10
const TRAILER_BYTES = 8
/** The minimum size at which Java looks for another member: its header and trailer. */
const SMALLEST_MEMBER_BYTES = 18

const Flag = { HeaderChecksum: 2, Extra: 4, Name: 8, Comment: 16 } as const

/** Encodes one member at `level`, by default the library's. */
export function compressGzip(bytes: Uint8Array, level?: number): Uint8Array {
  return gzipSync(bytes, level === undefined ? {} : { level })
}

/**
 * Decodes all members.
 *
 * @throws BrokenStreamError if it is not gzip; RecordTooLargeError beyond the limit of `output`
 */
export function decodeGzip(input: Uint8Array, output: DecodeBuffer): void {
  let position = headerEnd(input, 0)
  if (position < 0) throw new BrokenStreamError('Not in GZIP format')
  for (;;) {
    const from = output.size
    position = inflateRaw(input, position, output, output.maxBytes)
    output.checkSize()
    if (position < 0) throw new BrokenStreamError('GZIP stream is torn or broken')
    if (!isTrailer(input, position, output.bytes.subarray(from, output.size))) {
      throw new BrokenStreamError('Corrupt GZIP trailer')
    }
    position += TRAILER_BYTES
    if (input.length - position <= SMALLEST_MEMBER_BYTES) return
    position = headerEnd(input, position)
    if (position < 0) return
  }
}

function isTrailer(input: Uint8Array, position: number, content: Uint8Array): boolean {
  return (
    position + TRAILER_BYTES <= input.length &&
    uint32LittleEndianAt(input, position) === crc32(content) &&
    uint32LittleEndianAt(input, position + 4) === content.length
  )
}

/** Returns the end of the header at `start`; -1 if there is none. */
function headerEnd(input: Uint8Array, start: number): number {
  let position = start + HEADER_BYTES
  if (position > input.length) return -1
  if (input[start] !== 0x1f || input[start + 1] !== 0x8b || input[start + 2] !== 8) return -1
  const flags = input[start + 3]!
  if ((flags & Flag.Extra) !== 0) position += 2 + (input[position]! | (input[position + 1]! << 8))
  if ((flags & Flag.Name) !== 0) position = textEnd(input, position)
  if ((flags & Flag.Comment) !== 0) position = textEnd(input, position)
  if ((flags & Flag.HeaderChecksum) !== 0) {
    const checksum = crc32(input.subarray(start, position)) & 0xffff
    if (checksum !== (input[position]! | (input[position + 1]! << 8))) return -1
    position += 2
  }
  return position <= input.length ? position : -1
}

function textEnd(input: Uint8Array, position: number): number {
  const end = input.indexOf(0, position)
  return end < 0 ? Infinity : end + 1
}
