import { lazyPackage } from '../platform/lazy-package.ts'
import { CorruptRecordError, RecordTooLargeError } from './corrupt-record-error.ts'
import { blockContentSize, portableLz4 } from './portable-lz4.ts'
import { xxHash32 } from './xxhash32.ts'

interface FrameCodec {
  compressFrameSync(bytes: Buffer): Uint8Array
  decompressFrameSync(frame: Buffer): Uint8Array
}

const lz4 = lazyPackage<FrameCodec>('lz4-napi', portableLz4)

/*
 * The LZ4 frame format as Kafka reads and writes it (`Lz4BlockInputStream`): one frame of
 * independent blocks. Before the native decoder sees a frame, its structure is walked and its size
 * counted here, so that a frame that lies costs nothing.
 */

const MAGIC = 0x184d2204
const MAX_BLOCK_BYTES = [0, 0, 0, 0, 1 << 16, 1 << 18, 1 << 20, 1 << 22]
const UNCOMPRESSED_FLAG = 0x80000000

interface FrameHeader {
  /** Where the first block begins. */
  blocksStart: number
  maxBlockBytes: number
  hasBlockChecksums: boolean
  hasContentChecksum: boolean
}

/** One frame without checksums of its content. */
export function compressLz4(bytes: Uint8Array): Uint8Array {
  return lz4().compressFrameSync(asBuffer(bytes))
}

/**
 * The content of the frame that `bytes` begin with; what follows it is left alone.
 *
 * @param ignoreHeaderChecksum for messages of magic 0, whose frames carry a wrong one (KAFKA-3160)
 * @throws CorruptRecordError when it is not such a frame; RecordTooLargeError when it holds more
 *   than `maxBytes`
 */
export function decompressLz4(
  bytes: Uint8Array,
  maxBytes: number,
  ignoreHeaderChecksum: boolean,
): Uint8Array {
  const header = readHeader(bytes)
  const checksumPosition = header.blocksStart - 1
  const checksum = (xxHash32(bytes, 4, checksumPosition) >>> 8) & 0xff
  let frame = bytes.subarray(0, measure(bytes, header, maxBytes))
  if (bytes[checksumPosition] !== checksum) {
    if (!ignoreHeaderChecksum) throw new CorruptRecordError('Stream frame descriptor corrupted')
    frame = Uint8Array.from(frame)
    frame[checksumPosition] = checksum
  }
  try {
    return lz4().decompressFrameSync(asBuffer(frame))
  } catch (cause) {
    throw new CorruptRecordError('LZ4 frame cannot be decompressed', { cause })
  }
}

function readHeader(bytes: Uint8Array): FrameHeader {
  if (bytes.length < 7) throw new CorruptRecordError('LZ4 frame is too short')
  if (uint32LittleEndianAt(bytes, 0) !== MAGIC)
    throw new CorruptRecordError('LZ4 frame has no magic')
  const flags = bytes[4]!
  const blockDescriptor = bytes[5]!
  if (flags >> 6 !== 1)
    throw new CorruptRecordError(`LZ4 frame version ${flags >> 6} is unsupported`)
  if ((flags & 0x20) === 0) {
    throw new CorruptRecordError('LZ4 frame has dependent blocks, which are unsupported')
  }
  const maxBlockBytes = MAX_BLOCK_BYTES[(blockDescriptor >> 4) & 7]!
  if ((flags & 0x03) !== 0 || (blockDescriptor & 0x8f) !== 0 || maxBlockBytes === 0) {
    throw new CorruptRecordError('LZ4 frame has reserved bits set')
  }
  const blocksStart = 7 + ((flags & 0x08) !== 0 ? 8 : 0)
  if (bytes.length < blocksStart) throw new CorruptRecordError('LZ4 frame is too short')
  return {
    blocksStart,
    maxBlockBytes,
    hasBlockChecksums: (flags & 0x10) !== 0,
    hasContentChecksum: (flags & 0x04) !== 0,
  }
}

/**
 * Walks all blocks, making sure that they hold no more than `maxBytes`; returns where the frame
 * ends.
 */
function measure(bytes: Uint8Array, header: FrameHeader, maxBytes: number): number {
  let contentSize = 0
  let position = header.blocksStart
  for (;;) {
    if (position + 4 > bytes.length) throw new CorruptRecordError('LZ4 frame ends within a block')
    const word = uint32LittleEndianAt(bytes, position)
    position += 4
    if (word === 0) break
    const isUncompressed = word >= UNCOMPRESSED_FLAG
    const blockSize = isUncompressed ? word - UNCOMPRESSED_FLAG : word
    const blockEnd = position + blockSize
    if (blockSize > header.maxBlockBytes || blockEnd > bytes.length) {
      throw new CorruptRecordError('LZ4 block is larger than its frame allows')
    }
    contentSize += isUncompressed ? blockSize : blockContentSize(bytes, position, blockEnd)
    if (contentSize > maxBytes) {
      throw new RecordTooLargeError(`LZ4 frame holds more than ${maxBytes} bytes`)
    }
    position = blockEnd + (header.hasBlockChecksums ? 4 : 0)
  }
  const end = position + (header.hasContentChecksum ? 4 : 0)
  if (end > bytes.length) throw new CorruptRecordError('LZ4 frame ends before its checksum')
  return end
}

function uint32LittleEndianAt(bytes: Uint8Array, position: number): number {
  return (
    (bytes[position]! |
      (bytes[position + 1]! << 8) |
      (bytes[position + 2]! << 16) |
      (bytes[position + 3]! << 24)) >>>
    0
  )
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
