import { BrokenStreamError } from './corrupt-record-error.ts'

/** Zstandard's block types. */
export const BlockType = { Raw: 0, RunLength: 1, Compressed: 2, Reserved: 3 } as const

export const ZSTD_MAGIC = 0xfd2fb528
export const MAX_BLOCK_BYTES = 128 * 1024
/** The largest window that decoders accept by default, `2^27`. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024
/** Magics of frames without content; the last four bits are arbitrary. */
const SKIPPABLE_MAGIC = 0x184d2a50

/** The layout of a frame. */
export interface ZstdFrame {
  /** The end of the frame, including its checksum. */
  readonly end: number
  readonly isSkippable: boolean
  /** `undefined` if it does not declare its size. */
  readonly declaredBytes: number | undefined
  /** The maximum content of its blocks. */
  readonly mostBytes: number
}

/**
 * Returns the frame at `start`: reads the headers of its blocks without decoding them.
 *
 * @throws BrokenStreamError if there is no complete frame, or one that no decoder accepts
 */
export function readZstdFrame(bytes: Uint8Array, start: number): ZstdFrame {
  const magic = uint32At(bytes, start)
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
    const end = start + 8 + uint32At(bytes, start + 4)
    return whole(bytes, { end, isSkippable: true, declaredBytes: undefined, mostBytes: 0 })
  }
  if (magic !== ZSTD_MAGIC) throw new BrokenStreamError('Zstandard frame has no magic')
  const descriptor = byteAt(bytes, start + 4)
  const isSingleSegment = (descriptor & 0x20) !== 0
  let position = start + (isSingleSegment ? 5 : 6)
  for (const dictionaryEnd = position + [0, 1, 2, 4][descriptor & 3]!; position < dictionaryEnd;) {
    if (byteAt(bytes, position++) !== 0) {
      throw new BrokenStreamError('Zstandard frame needs a dictionary')
    }
  }
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  const declaredBytes =
    sizeBytes === 0 ? undefined : declaredContentSize(bytes, position, sizeBytes)
  position += sizeBytes
  const windowBytes = isSingleSegment ? declaredBytes! : windowSize(byteAt(bytes, start + 5))
  if (!isSingleSegment && windowBytes > MAX_WINDOW_BYTES) {
    throw new BrokenStreamError(`Zstandard frame wants a window of ${windowBytes} bytes`)
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
      throw new BrokenStreamError('Zstandard frame has an invalid block')
    }
    mostBytes += type === BlockType.Compressed ? Math.min(MAX_BLOCK_BYTES, windowBytes) : size
    position += 3 + (type === BlockType.RunLength ? 1 : size)
  }
  if (declaredBytes !== undefined && declaredBytes > mostBytes) {
    throw new BrokenStreamError('Zstandard frame holds less than it declares')
  }
  const end = position + ((descriptor & 0x04) !== 0 ? 4 : 0)
  return whole(bytes, {
    end,
    isSkippable: false,
    declaredBytes,
    mostBytes: declaredBytes ?? mostBytes,
  })
}

function whole(bytes: Uint8Array, frame: ZstdFrame): ZstdFrame {
  if (frame.end > bytes.length) throw new BrokenStreamError('Zstandard frame is not there whole')
  return frame
}

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

function uint32At(bytes: Uint8Array, position: number): number {
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
  if (byte === undefined) throw new BrokenStreamError('Zstandard frame is not there whole')
  return byte
}
