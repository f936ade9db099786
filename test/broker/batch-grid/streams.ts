import { crc32 } from 'node:zlib'
import type { CompressionType } from '../../../src/record/compression-type.ts'
import { storeZstd } from '../../../src/record/zstd-frame.ts'
import { xxHash32 } from '../../../src/record/xxhash32.ts'

/**
 * Returns bytes in the format of a codec without compression. They are the same on every machine
 * and version of Node.
 */
export function stored(codec: CompressionType, content: Uint8Array): Buffer {
  switch (codec) {
    case 'none':
      return Buffer.from(content)
    case 'gzip':
      return gzip(content)
    case 'snappy':
      return xerial([snappyBlock(content)])
    case 'lz4':
      return lz4(content)
    case 'zstd':
      return Buffer.from(storeZstd(content))
  }
}

/** Returns one member of one stored block. */
export function gzip(
  content: Uint8Array,
  { flags = 0, extra = Buffer.alloc(0), crc = crc32(content), size = content.length } = {},
): Buffer {
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc >>> 0, 0)
  trailer.writeUInt32LE(size >>> 0, 4)
  const header = Buffer.of(0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 0xff)
  return Buffer.concat([header, extra, storedBlock(content), trailer])
}

function storedBlock(content: Uint8Array): Buffer {
  const head = Buffer.of(1, 0, 0, 0, 0)
  head.writeUInt16LE(content.length, 1)
  head.writeUInt16LE(content.length ^ 0xffff, 3)
  return Buffer.concat([head, content])
}

/** Returns one literal after the total size. */
export function snappyBlock(content: Uint8Array, size = content.length): Buffer {
  const preamble: number[] = []
  for (let rest = size; ; rest >>>= 7) {
    preamble.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
    if (rest <= 0x7f) break
  }
  if (content.length === 0) return Buffer.from(preamble)
  const last = content.length - 1
  return Buffer.concat([Buffer.of(...preamble, 61 << 2, last & 0xff, last >> 8), content])
}

const XERIAL = Buffer.from('82534e41505059000000000100000001', 'hex')

/** Returns blocks in the framing of the xerial library. */
export function xerial(blocks: readonly Uint8Array[], header: Uint8Array = XERIAL): Buffer {
  const parts = blocks.flatMap((block) => {
    const size = Buffer.alloc(4)
    size.writeInt32BE(block.length)
    return [size, block]
  })
  return Buffer.concat([header, ...parts])
}

/** Deviations of an LZ4 frame from one uncompressed block after a header without options. */
export interface Lz4Shape {
  flags?: number
  blockDescriptor?: number
  /** Between the descriptor and its checksum. */
  contentSize?: Uint8Array
  headerChecksum?: number
  /** Replace the only block of the content. */
  blocks?: readonly Uint8Array[]
  end?: Uint8Array
}

/** Returns a frame of independent blocks of at most 64 KB. */
export function lz4(content: Uint8Array, shape: Lz4Shape = {}): Buffer {
  const descriptor = Buffer.concat([
    Buffer.of(shape.flags ?? 0x60, shape.blockDescriptor ?? 0x40),
    shape.contentSize ?? Buffer.alloc(0),
  ])
  const checksum = (xxHash32(descriptor, 0, descriptor.length) >>> 8) & 0xff
  return Buffer.concat([
    Buffer.of(0x04, 0x22, 0x4d, 0x18),
    descriptor,
    Buffer.of(shape.headerChecksum ?? checksum),
    ...(shape.blocks ?? [lz4Block(content)]),
    shape.end ?? Buffer.alloc(4),
  ])
}

/** Returns an uncompressed block; `size` replaces its true size. */
export function lz4Block(content: Uint8Array, size = content.length + 0x80000000): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32LE(size >>> 0)
  return Buffer.concat([head, content])
}
