import * as zlib from 'node:zlib'
import { loadFzstd } from '../platform/require.mjs'
import { CorruptRecordError, RecordTooLargeError } from './corrupt-record-error.ts'
import { zlibError } from './zlib-error.ts'

/*
 * Zstandard is in Node from 22.15 on. Before that `fzstd` decodes, and frames of stored blocks,
 * which every decoder reads, are what is written.
 */

type Compress = (bytes: Uint8Array, options: { params?: Record<number, number> }) => Buffer
type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer

// Looked up by name: the types of Node 20 do not know them.
const nativeCompress: Compress | undefined = Reflect.get(zlib, 'zstdCompressSync')
const nativeDecompress: Decompress | undefined = Reflect.get(zlib, 'zstdDecompressSync')

const ZSTD_C_COMPRESSION_LEVEL = 100
const MAGIC = 0xfd2fb528
const MAX_BLOCK_BYTES = 128 * 1024
/** The largest window that decoders grant by default, `2^27`. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024

/** Zstandard's block types. */
const BlockType = { Raw: 0, RunLength: 1, Compressed: 2, Reserved: 3 } as const

/** One frame; at `level`, by default 3, where Node can compress. */
export function compressZstd(bytes: Uint8Array, level?: number): Uint8Array {
  if (nativeCompress === undefined) return storeZstd(bytes)
  const params = level === undefined ? {} : { [ZSTD_C_COMPRESSION_LEVEL]: level }
  return nativeCompress(bytes, { params })
}

/**
 * All frames in `bytes`.
 *
 * @throws CorruptRecordError when it is no Zstandard; RecordTooLargeError when it holds more than
 *   `maxBytes`
 */
export function decompressZstd(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (nativeDecompress === undefined) return decompressZstdPortably(bytes, maxBytes)
  try {
    return nativeDecompress(bytes, { maxOutputLength: maxBytes })
  } catch (cause) {
    throw zlibError('zstd', maxBytes, cause)
  }
}

/** One frame of stored blocks: valid Zstandard that saves nothing. */
export function storeZstd(bytes: Uint8Array): Uint8Array {
  const blockCount = Math.max(1, Math.ceil(bytes.length / MAX_BLOCK_BYTES))
  const frame = Buffer.allocUnsafe(9 + 3 * blockCount + bytes.length)
  frame.writeUInt32LE(MAGIC, 0)
  // A single segment, its size in four bytes, no checksum, no dictionary.
  frame[4] = 0xa0
  frame.writeUInt32LE(bytes.length, 5)
  let position = 9
  for (let block = 0; block < blockCount; block++) {
    const content = bytes.subarray(block * MAX_BLOCK_BYTES, (block + 1) * MAX_BLOCK_BYTES)
    const isLast = block === blockCount - 1 ? 1 : 0
    frame.writeUIntLE((content.length << 3) | (BlockType.Raw << 1) | isLast, position, 3)
    frame.set(content, position + 3)
    position += 3 + content.length
  }
  return frame
}

/**
 * Without the native decoder; never allocates by a size that the frames' blocks do not bear out.
 */
export function decompressZstdPortably(bytes: Uint8Array, maxBytes: number): Uint8Array {
  for (let position = 0; position < bytes.length;) position = checkFrame(bytes, position, maxBytes)
  try {
    return loadFzstd().decompress(bytes)
  } catch (cause) {
    throw new CorruptRecordError('Zstandard frame cannot be decompressed', { cause })
  }
}

/** Walks the blocks of one frame; returns where it ends. */
function checkFrame(bytes: Uint8Array, start: number, maxBytes: number): number {
  if (uint32LittleEndianAt(bytes, start) !== MAGIC) {
    throw new CorruptRecordError('Zstandard frame has no magic')
  }
  const descriptor = byteAt(bytes, start + 4)
  const isSingleSegment = (descriptor & 0x20) !== 0
  let position = start + (isSingleSegment ? 5 : 6)
  position += [0, 1, 2, 4][descriptor & 3]!
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  const declaredSize = declaredContentSize(bytes, position, sizeBytes)
  position += sizeBytes
  const windowBytes = isSingleSegment ? declaredSize : windowSize(byteAt(bytes, start + 5))
  if (declaredSize > maxBytes) {
    throw new RecordTooLargeError(`Zstandard frame holds more than ${maxBytes} bytes`)
  }
  if (!isSingleSegment && windowBytes > MAX_WINDOW_BYTES) {
    throw new CorruptRecordError(`Zstandard frame wants a window of ${windowBytes} bytes`)
  }
  let mostBytes = 0
  for (let isLast = false; !isLast;) {
    const header =
      byteAt(bytes, position) |
      (byteAt(bytes, position + 1) << 8) |
      (byteAt(bytes, position + 2) << 16)
    isLast = (header & 1) !== 0
    const type = (header >> 1) & 3
    const size = header >> 3
    if (type === BlockType.Reserved || size > MAX_BLOCK_BYTES) {
      throw new CorruptRecordError('Zstandard frame has an invalid block')
    }
    mostBytes += type === BlockType.Compressed ? Math.min(MAX_BLOCK_BYTES, windowBytes) : size
    position += 3 + (type === BlockType.RunLength ? 1 : size)
  }
  if (mostBytes > maxBytes) {
    throw new RecordTooLargeError(`Zstandard frame may hold more than ${maxBytes} bytes`)
  }
  if (declaredSize > mostBytes) {
    throw new CorruptRecordError('Zstandard frame holds less than it declares')
  }
  position += (descriptor & 0x04) !== 0 ? 4 : 0
  if (position > bytes.length) throw new CorruptRecordError('Zstandard frame is not there whole')
  return position
}

/** 0 when the frame does not say. */
function declaredContentSize(bytes: Uint8Array, position: number, sizeBytes: number): number {
  let size = sizeBytes === 2 ? 256 : 0
  for (let index = 0; index < sizeBytes; index++)
    size += byteAt(bytes, position + index) * 256 ** index
  return size
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function uint32LittleEndianAt(bytes: Uint8Array, position: number): number {
  return (
    (byteAt(bytes, position) |
      (byteAt(bytes, position + 1) << 8) |
      (byteAt(bytes, position + 2) << 16) |
      (byteAt(bytes, position + 3) << 24)) >>>
    0
  )
}

function byteAt(bytes: Uint8Array, position: number): number {
  const byte = bytes[position]
  if (byte === undefined) throw new CorruptRecordError('Zstandard frame is not there whole')
  return byte
}
