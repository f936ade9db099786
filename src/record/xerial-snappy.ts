import { lazyPackage } from '../platform/lazy-package.ts'
import { int32At, putInt32, uint32At } from './big-endian.ts'
import { CorruptRecordError, RecordTooLargeError } from './corrupt-record-error.ts'
import { portableSnappy } from './portable-snappy.ts'

interface BlockCodec {
  compressSync(bytes: Uint8Array): Uint8Array
  uncompressSync(block: Uint8Array): Uint8Array
}

const snappy = lazyPackage<BlockCodec>('snappy', portableSnappy)

/*
 * Snappy as Kafka has it: Java writes blocks behind the header of the xerial library, other clients
 * may send one bare Snappy block. Both are read; the framed form is written.
 */

/** `\x82SNAPPY\0`, version 1, compatible with version 1. */
const HEADER = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1)
const MAGIC_BYTES = 8
const BLOCK_BYTES = 32 * 1024

/**
 * Three bytes of Snappy stand for at most 64: no block can hold more than this many times its size.
 */
const MAX_RATIO = 22

/** Blocks of 32 KB in the framing of xerial. */
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
 * @throws CorruptRecordError when it is no Snappy; RecordTooLargeError when it holds more than
 * `maxBytes`
 */
export function decompressSnappy(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (!isFramed(bytes)) return uncompressBlock(bytes, maxBytes)
  const parts: Uint8Array[] = []
  let total = 0
  let position = HEADER.length
  while (position < bytes.length) {
    if (position + 4 > bytes.length)
      throw new CorruptRecordError('Snappy stream ends within a block')
    if (isHeaderAt(bytes, position)) {
      position += HEADER.length
      continue
    }
    const size = int32At(bytes, position)
    position += 4
    if (size < 0 || position + size > bytes.length) {
      throw new CorruptRecordError(`Snappy block of ${size} bytes is not there whole`)
    }
    const block = uncompressBlock(bytes.subarray(position, position + size), maxBytes - total)
    parts.push(block)
    total += block.length
    position += size
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total)
}

function uncompressBlock(block: Uint8Array, maxBytes: number): Uint8Array {
  const size = contentSize(block)
  if (size > block.length * MAX_RATIO) {
    throw new CorruptRecordError(`Snappy block of ${block.length} bytes cannot hold ${size}`)
  }
  if (size > maxBytes)
    throw new RecordTooLargeError(`Snappy stream holds more than ${maxBytes} bytes`)
  try {
    return snappy().uncompressSync(block)
  } catch (cause) {
    throw new CorruptRecordError('Snappy block cannot be decompressed', { cause })
  }
}

/** The size a block begins with, a little-endian base-128 number. */
function contentSize(block: Uint8Array): number {
  let size = 0
  for (let index = 0, weight = 1; index < 5 && index < block.length; index++, weight *= 128) {
    const byte = block[index]!
    size += (byte & 0x7f) * weight
    if (byte < 0x80) return size
  }
  throw new CorruptRecordError('Snappy block does not say its size')
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER.length && isHeaderAt(bytes, 0)
}

/** A header may stand again between blocks, where streams were put one behind the other. */
function isHeaderAt(bytes: Uint8Array, position: number): boolean {
  if (uint32At(bytes, position) !== 0x82534e41) return false
  for (let index = 4; index < MAGIC_BYTES; index++) {
    if (bytes[position + index] !== HEADER[index]) return false
  }
  return true
}
