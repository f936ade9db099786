import { lazyPackage } from '../platform/lazy-package.ts'
import { BrokenStreamError } from './corrupt-record-error.ts'
import type { DecodeBuffer } from './decode-buffer.ts'
import { uint32LittleEndianAt } from './little-endian.ts'
import { decodeLz4Block } from './lz4-block.ts'
import { portableLz4 } from './portable-lz4.ts'
import { xxHash32 } from './xxhash32.ts'

interface FrameWriter {
  compressFrameSync(bytes: Buffer): Uint8Array
}

const lz4 = lazyPackage<FrameWriter>('lz4-napi', portableLz4)

/*
 * The LZ4 frame format as Kafka reads and writes it (`Lz4BlockInputStream`): one frame of
 * independent blocks. As there, checksums of blocks are verified, those of the content are not, and
 * bytes after the frame are ignored.
 */

const MAGIC = 0x184d2204
const MAX_BLOCK_BYTES = [0, 0, 0, 0, 1 << 16, 1 << 18, 1 << 20, 1 << 22]
const UNCOMPRESSED_FLAG = 0x80000000
/** A byte of a block produces at most this many bytes, and a few more. */
const MAX_RATIO = 255

interface FrameHeader {
  /** The position of the first block. */
  blocksStart: number
  maxBlockBytes: number
  hasBlockChecksums: boolean
  hasContentChecksum: boolean
}

/** Encodes one frame without content checksums. */
export function compressLz4(bytes: Uint8Array): Uint8Array {
  return lz4().compressFrameSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
}

/**
 * Decodes the frame at the start of `input`, in JavaScript: the native library allocates its
 * result, which takes longer.
 *
 * @param ignoreHeaderChecksum for messages of magic 0, whose frames have a wrong one (KAFKA-3160)
 * @throws BrokenStreamError if it is not such a frame; RecordTooLargeError beyond the limit of
 * `output`
 */
export function decodeLz4(
  input: Uint8Array,
  output: DecodeBuffer,
  ignoreHeaderChecksum: boolean,
): void {
  const header = readHeader(input)
  const checksumPosition = header.blocksStart - 1
  const checksum = (xxHash32(input, 4, checksumPosition) >>> 8) & 0xff
  if (input[checksumPosition] !== checksum && !ignoreHeaderChecksum) {
    throw new BrokenStreamError('Stream frame descriptor corrupted')
  }
  let position = header.blocksStart
  for (;;) {
    if (position + 4 > input.length) throw new BrokenStreamError('LZ4 frame ends within a block')
    const word = uint32LittleEndianAt(input, position)
    position += 4
    const size = word & ~UNCOMPRESSED_FLAG
    if (size === 0) break
    const blockEnd = position + size
    if (size > header.maxBlockBytes || blockEnd > input.length) {
      throw new BrokenStreamError('LZ4 block is larger than its frame allows')
    }
    const { size: contentStart } = output
    decodeBlock(input, position, blockEnd, word >= UNCOMPRESSED_FLAG, header.maxBlockBytes, output)
    if (header.hasBlockChecksums) checkBlock(input, position, blockEnd, output, contentStart)
    position = blockEnd + (header.hasBlockChecksums ? 4 : 0)
  }
  if (header.hasContentChecksum && position + 4 > input.length) {
    throw new BrokenStreamError('LZ4 frame ends before its checksum')
  }
}

function decodeBlock(
  input: Uint8Array,
  start: number,
  end: number,
  isUncompressed: boolean,
  maxBlockBytes: number,
  output: DecodeBuffer,
): void {
  const from = output.size
  if (isUncompressed) {
    output.reserve(end - start)
    output.bytes.set(input.subarray(start, end), from)
    output.size = from + end - start
    return
  }
  // The limit applies to the content of the block, not to its possible size.
  const mostBytes = Math.min(maxBlockBytes, (end - start) * MAX_RATIO)
  output.reserveBeyondLimit(mostBytes)
  const to = decodeLz4Block(input, start, end, output.bytes, from, from + mostBytes)
  if (to < 0) throw new BrokenStreamError('LZ4 block cannot be decompressed')
  output.size = to
  output.checkSize()
}

/** Drops the content of a block whose checksum is wrong. */
function checkBlock(
  input: Uint8Array,
  start: number,
  end: number,
  output: DecodeBuffer,
  contentStart: number,
): void {
  if (end + 4 <= input.length && xxHash32(input, start, end) === uint32LittleEndianAt(input, end)) {
    return
  }
  output.size = contentStart
  throw new BrokenStreamError('Block checksum mismatch')
}

function readHeader(bytes: Uint8Array): FrameHeader {
  if (bytes.length < 7) throw new BrokenStreamError('LZ4 frame is too short')
  if (uint32LittleEndianAt(bytes, 0) !== MAGIC)
    throw new BrokenStreamError('LZ4 frame has no magic')
  const flags = bytes[4]!
  const blockDescriptor = bytes[5]!
  if (flags >> 6 !== 1)
    throw new BrokenStreamError(`LZ4 frame version ${flags >> 6} is unsupported`)
  if ((flags & 0x20) === 0) {
    throw new BrokenStreamError('LZ4 frame has dependent blocks, which are unsupported')
  }
  const maxBlockBytes = MAX_BLOCK_BYTES[(blockDescriptor >> 4) & 7]!
  if ((flags & 0x03) !== 0 || (blockDescriptor & 0x8f) !== 0 || maxBlockBytes === 0) {
    throw new BrokenStreamError('LZ4 frame has reserved bits set')
  }
  const blocksStart = 7 + ((flags & 0x08) !== 0 ? 8 : 0)
  if (bytes.length < blocksStart) throw new BrokenStreamError('LZ4 frame is too short')
  return {
    blocksStart,
    maxBlockBytes,
    hasBlockChecksums: (flags & 0x10) !== 0,
    hasContentChecksum: (flags & 0x04) !== 0,
  }
}
