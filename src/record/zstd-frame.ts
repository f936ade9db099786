import * as zlib from 'node:zlib'
import { loadFzstd } from '../platform/require.mjs'
import { type NativeStream, NativeDecoder } from '../platform/native-decoder.ts'
import { BrokenStreamError, RecordTooLargeError } from './corrupt-record-error.ts'
import type { DecodeBuffer } from './decode-buffer.ts'
import {
  BlockType,
  MAX_BLOCK_BYTES,
  readZstdFrame,
  ZSTD_MAGIC,
  type ZstdFrame,
} from './zstd-frame-layout.ts'

/*
 * Node has Zstandard from 22.15 on. Before that, `fzstd` decodes, and frames of stored blocks,
 * which every decoder reads, are written.
 */

type Compress = (bytes: Uint8Array, options: { params?: Record<number, number> }) => Buffer
type CreateDecompress = () => NativeStream

// Looked up by name: the types of Node 20 do not include them.
const nativeCompress: Compress | undefined = Reflect.get(zlib, 'zstdCompressSync')
const createDecompress: CreateDecompress | undefined = Reflect.get(zlib, 'createZstdDecompress')

const ZSTD_C_COMPRESSION_LEVEL = 100
/** `ZSTD_e_continue` */
const ZSTD_CONTINUE = 0

/** A frame may always declare this size: only its content is compared with the limit. */
const ALWAYS_DECODED_BYTES = 1024 * 1024

/** Encodes one frame; at `level`, by default 3, if Node can compress. */
export function compressZstd(bytes: Uint8Array, level?: number): Uint8Array {
  if (nativeCompress === undefined) return storeZstd(bytes)
  const params = level === undefined ? {} : { [ZSTD_C_COMPRESSION_LEVEL]: level }
  return nativeCompress(bytes, { params })
}

/**
 * Decodes all frames in `input`, of which there may be none.
 *
 * @throws BrokenStreamError if it is not Zstandard; RecordTooLargeError beyond the limit of
 * `output`
 */
export function decodeZstd(input: Uint8Array, output: DecodeBuffer): void {
  if (createDecompress !== undefined) {
    decoder ??= NativeDecoder.open(createDecompress(), ZSTD_CONTINUE)
  }
  if (decoder === undefined) decodeZstdPortably(input, output)
  else decodeZstdNatively(decoder, input, output)
}

let decoder: NativeDecoder | undefined

function decodeZstdNatively(native: NativeDecoder, input: Uint8Array, output: DecodeBuffer): void {
  for (let position = 0; position < input.length;) {
    let frame: ZstdFrame
    try {
      frame = readZstdFrame(input, position)
    } catch (error) {
      decodeFrame(native, input, position, input.length, output)
      throw error
    }
    if (!frame.isSkippable) decodeFrame(native, input, position, frame.end, output)
    position = frame.end
  }
}

/** Decodes the available part of one frame. */
function decodeFrame(
  native: NativeDecoder,
  input: Uint8Array,
  start: number,
  end: number,
  output: DecodeBuffer,
): void {
  native.decode(input, start, end, output)
  output.checkSize()
  if (!native.isBroken) return
  native.close()
  decoder = undefined
  throw new BrokenStreamError('Zstandard frame cannot be decompressed')
}

/** Encodes one frame of stored blocks: valid Zstandard without compression. */
export function storeZstd(bytes: Uint8Array): Uint8Array {
  const blockCount = Math.max(1, Math.ceil(bytes.length / MAX_BLOCK_BYTES))
  const frame = Buffer.allocUnsafe(9 + 3 * blockCount + bytes.length)
  frame.writeUInt32LE(ZSTD_MAGIC, 0)
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
 * {@link decodeZstd} in JavaScript, for Node before 22.15. It never allocates a declared size that
 * the blocks of the frame cannot have. Checksums are not verified.
 *
 * @throws BrokenStreamError, RecordTooLargeError as {@link decodeZstd} does
 */
export function decodeZstdPortably(input: Uint8Array, output: DecodeBuffer): void {
  for (let position = 0; position < input.length;) {
    const frame = readZstdFrame(input, position)
    if (!frame.isSkippable) decodeFramePortably(input, position, frame, output)
    position = frame.end
  }
}

function decodeFramePortably(
  input: Uint8Array,
  start: number,
  { end, declaredBytes, mostBytes }: ZstdFrame,
  output: DecodeBuffer,
): void {
  // Only the possible size of the blocks limits the work of this decoder.
  if (output.size + mostBytes > Math.max(output.maxBytes, ALWAYS_DECODED_BYTES)) {
    throw new RecordTooLargeError(`Zstandard frame may hold ${mostBytes} bytes`)
  }
  let content: Uint8Array
  try {
    content = loadFzstd().decompress(input.subarray(start, end))
  } catch (cause) {
    throw new BrokenStreamError('Zstandard frame cannot be decompressed', { cause })
  }
  if (declaredBytes !== undefined && content.length !== declaredBytes) {
    throw new BrokenStreamError('Zstandard frame does not hold what it declares')
  }
  output.reserve(content.length)
  output.bytes.set(content, output.size)
  output.size += content.length
}
