import { lazyPackage } from '../platform/lazy-package.ts'
import { int32At, putInt32, uint32At } from './big-endian.ts'
import { BrokenStreamError } from './corrupt-record-error.ts'
import type { DecodeBuffer } from './decode-buffer.ts'
import { portableSnappy } from './portable-snappy.ts'
import { decodeSnappyBlock } from './snappy-block.ts'

interface BlockWriter {
  compressSync(bytes: Uint8Array): Uint8Array
}

const snappy = lazyPackage<BlockWriter>('snappy', portableSnappy)

/*
 * Snappy in Kafka: Java writes blocks after the header of the xerial library; other clients may
 * send one block without framing. Both can be read; the framed format is written.
 */

/** `\x82SNAPPY\0`, version 1, compatible with version 1. */
const HEADER = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1)
const MAGIC_BYTES = 8
/** The first four bytes of the magic, which cannot be the size of a block. */
const MAGIC_HEAD = 0x82534e41
const BLOCK_BYTES = 32 * 1024

/** Encodes blocks of 32 KB in the framing of xerial. */
export function compressSnappy(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [HEADER]
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const block = snappy().compressSync(bytes.subarray(start, start + BLOCK_BYTES))
    const size = new Uint8Array(4)
    putInt32(size, 0, block.length)
    parts.push(size, block)
  }
  return Buffer.concat(parts)
}

/**
 * Decodes `input`, framed or as one block. As in Java a stream may end within the size of a block.
 *
 * @throws BrokenStreamError if it is not Snappy; RecordTooLargeError beyond the limit of `output`
 */
export function decodeSnappy(input: Uint8Array, output: DecodeBuffer): void {
  const { length } = input
  if (!isFramed(input)) {
    decodeSnappyBlock(input, 0, length, output)
    return
  }
  let position = HEADER.length
  while (position + 4 <= length) {
    if (uint32At(input, position) === MAGIC_HEAD) {
      if (position + HEADER.length > length) {
        throw new BrokenStreamError('Snappy stream ends within a header')
      }
      if (!isHeaderAt(input, position)) return
      position += HEADER.length
      continue
    }
    const size = int32At(input, position)
    position += 4
    if (size < 0 || position + size > length) {
      throw new BrokenStreamError(`Snappy block of ${size} bytes is not there whole`)
    }
    decodeSnappyBlock(input, position, position + size, output)
    position += size
  }
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER.length && isHeaderAt(bytes, 0)
}

/** A header may also be between blocks, where streams were concatenated. */
function isHeaderAt(bytes: Uint8Array, position: number): boolean {
  if (uint32At(bytes, position) !== MAGIC_HEAD) return false
  for (let index = 4; index < MAGIC_BYTES; index++) {
    if (bytes[position + index] !== HEADER[index]) return false
  }
  return true
}
