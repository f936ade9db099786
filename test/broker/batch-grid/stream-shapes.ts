import type { CompressionType } from '../../../src/record/compression-type.ts'
import { compress } from '../../../src/record/compression.ts'
import { recordBytes } from './record-bytes.ts'
import { shape, shapeOf, type Draft, type Shape } from './shape.ts'
import { gzip, lz4, lz4Block, snappyBlock, stored, xerial } from './streams.ts'

/** Three records with repetitive values, compressed by each codec. */
const squeezed: Readonly<Record<Exclude<CompressionType, 'none'>, Buffer>> = {
  gzip: Buffer.from(
    'H4sIAAAAAAAAA7vAxMDAwJR9gKksMac0VcFAYbDSDBeYGNiYEC41VBisNMilTCwIlxopDFaaAQAaiU8V/gEAAA==',
    'base64',
  ),
  snappy: Buffer.from(
    'glNOQVBQWQAAAAABAAAAAQAAAEn+A0DQAgAAAAJrwAJ2YWx1ZSAwIP4IAP4IAF4IABQA0AIABgIZqgAxDar+CAD+CABGCAABqgQCBBmqADINqv4IAP4IAEYIAAAA',
    'base64',
  ),
  lz4: Buffer.from(
    'BCJNGGBAgj8AAAD/AtACAAAAAmvAAnZhbHVlIDAgCACFZgDQAgAGAqoAEzGqAA8IAH9mANACAAIEqgATMqoADwgAemB1ZSAyIAAAAAAA',
    'base64',
  ),
  zstd: Buffer.from(
    'KLUv/QAAlQEA4NACAAAAAmvAAnZhbHVlIDAgANACAAYCMQIEMgAIAA9AAeQLFoEVD0AB8m2ZrayMKks=',
    'base64',
  ),
}

/** Returns a shape with a change in a compressed stream of three records. */
function damaged(name: string, change: (stream: Buffer) => Uint8Array): Shape {
  return shape(name, {
    payload: (_, codec) => (codec === 'none' ? undefined : change(Buffer.from(squeezed[codec]))),
    header: { maxAt: 3 },
  })
}

/** Returns a shape with a change in a stream of uncompressed blocks. */
function changed(
  name: string,
  change: (stream: Buffer, codec: CompressionType) => Uint8Array,
  draft: Draft = {},
): Shape {
  return shape(name, {
    ...draft,
    payload: (content, codec) =>
      codec === 'none' ? undefined : change(stored(codec, content), codec),
  })
}

function flipped(bytes: Buffer, position: number): Buffer {
  const at = position < 0 ? bytes.length + position : position
  bytes[at] = bytes[at]! ^ 0x55
  return bytes
}

const large = Array.from({ length: 40 }, (_, index) => ({ value: `${index} `.repeat(1000) }))

/** Shapes with changed streams. Uncompressed batches have no stream. */
const anyCodec: readonly Shape[] = [
  damaged('compressed', (stream) => stream),
  shape('compressed by the library', {
    records: large,
    payload: (content, codec) => (codec === 'none' ? undefined : compress(codec, content)),
  }),
  shape('a value of 2 MB', {
    records: [{ value: 'v'.repeat(2_000_000) }],
    // Not every version of Node compresses it with zstd.
    payload: (content, codec) =>
      codec === 'none' || codec === 'zstd' ? undefined : compress(codec, content),
  }),
  shape('uncompressed under the bits of a codec', {
    payload: (content, codec) => (codec === 'none' ? undefined : content),
  }),
  shape('compressed by another codec', {
    payload: (content, codec) =>
      codec === 'none' ? gzip(content) : stored(nextOf(codec), content),
  }),
  changed('no stream', () => Buffer.alloc(0)),
  changed('no stream and no record', () => Buffer.alloc(0), {
    header: { recordCount: 0, lastOffsetDelta: 0 },
  }),
  changed('a stream of nothing', (_, codec) => stored(codec, Buffer.alloc(0))),
  changed('one byte of a stream', (stream) => stream.subarray(0, 1)),
  changed('six bytes of a stream', (stream) => stream.subarray(0, 6)),
  changed('sixteen bytes of a stream', (stream) => stream.subarray(0, 16)),
  damaged('half a stream', (stream) => stream.subarray(0, stream.length >> 1)),
  damaged('a stream without its last byte', (stream) => stream.subarray(0, -1)),
  damaged('a stream without its last ten bytes', (stream) => stream.subarray(0, -10)),
  changed('records under a stream without its last byte', (stream) => stream.subarray(0, -1)),
  changed('records under a stream without its last four bytes', (stream) => stream.subarray(0, -4)),
  changed('records under a stream without its last eight bytes', (stream) =>
    stream.subarray(0, -8),
  ),
  damaged('a stream whose first byte is wrong', (stream) => flipped(stream, 0)),
  damaged('a stream whose fifth byte is wrong', (stream) => flipped(stream, 4)),
  damaged('a stream whose tenth byte is wrong', (stream) => flipped(stream, 9)),
  damaged('a stream whose middle is wrong', (stream) => flipped(stream, stream.length >> 1)),
  damaged('a stream whose last byte is wrong', (stream) => flipped(stream, -1)),
  damaged('a stream whose seventh last byte is wrong', (stream) => flipped(stream, -7)),
  damaged('a stream whose second half is 0xff', (stream) => stream.fill(0xff, stream.length >> 1)),
  changed('a byte of 0 behind the stream', (stream) => Buffer.concat([stream, Buffer.of(0)])),
  changed('a byte of 0xff behind the stream', (stream) => Buffer.concat([stream, Buffer.of(0xff)])),
  changed('40 bytes of 0xff behind the stream', (stream) =>
    Buffer.concat([stream, Buffer.alloc(40, 0xff)]),
  ),
  shape('records in two streams', {
    payload: (content, codec) =>
      codec === 'none'
        ? undefined
        : Buffer.concat([
            stored(codec, content.subarray(0, 14)),
            stored(codec, content.subarray(14)),
          ]),
  }),
  shape('a stream of nothing behind the records', {
    payload: (content, codec) =>
      codec === 'none'
        ? undefined
        : Buffer.concat([stored(codec, content), stored(codec, Buffer.alloc(0))]),
  }),
  shape('a stream of more records behind the records', {
    payload: (content, codec) =>
      codec === 'none'
        ? undefined
        : Buffer.concat([stored(codec, content), stored(codec, recordBytes([{ offsetDelta: 3 }]))]),
  }),
  changed('a broken record in a broken stream', (stream) => flipped(stream, -1), {
    content: Buffer.alloc(60, 0xff),
  }),
]

function nextOf(codec: CompressionType): CompressionType {
  const next = { none: 'gzip', gzip: 'snappy', snappy: 'lz4', lz4: 'zstd', zstd: 'gzip' } as const
  return next[codec]
}

const checksum = Buffer.of(1, 2, 3, 4)

const gzipStreams: readonly Shape[] = [
  shapeOf('gzip', 'a wrong checksum', (content) => gzip(content, { crc: 1 })),
  shapeOf('gzip', 'a wrong size', (content) => gzip(content, { size: 1 })),
  shapeOf('gzip', 'a file name', (content) =>
    gzip(content, { flags: 8, extra: Buffer.from('name\0') }),
  ),
  shapeOf('gzip', 'an extra field and a comment', (content) =>
    gzip(content, { flags: 0x14, extra: Buffer.from('\x02\0ab why\0') }),
  ),
  shapeOf('gzip', 'reserved flags', (content) => gzip(content, { flags: 0xe0 })),
  shapeOf('gzip', 'a file name that does not end', (content) =>
    gzip(content, { flags: 8 }).subarray(0, 12),
  ),
]

const snappyStreams: readonly Shape[] = [
  shapeOf('snappy', 'a block without framing', (content) => snappyBlock(content)),
  shapeOf('snappy', 'a block without framing that says more', (content) =>
    snappyBlock(content, content.length + 5),
  ),
  shapeOf('snappy', 'a block that says more', (content) =>
    xerial([snappyBlock(content, content.length + 5)]),
  ),
  shapeOf('snappy', 'a block that says less', (content) =>
    xerial([snappyBlock(content, content.length - 5)]),
  ),
  shapeOf('snappy', 'a block that says 2^31 - 1', (content) =>
    xerial([snappyBlock(content, 0x7fffffff)]),
  ),
  shapeOf('snappy', 'two blocks', (content) =>
    xerial([snappyBlock(content.subarray(0, 14)), snappyBlock(content.subarray(14))]),
  ),
  shapeOf('snappy', 'a block of no bytes', (content) =>
    xerial([Buffer.alloc(0), snappyBlock(content)]),
  ),
  shapeOf('snappy', 'a block of nothing', (content) =>
    xerial([snappyBlock(Buffer.alloc(0)), snappyBlock(content)]),
  ),
  shapeOf('snappy', 'another version', (content) =>
    xerial([snappyBlock(content)], Buffer.from('82534e41505059000000000200000002', 'hex')),
  ),
  shapeOf('snappy', 'version 0', (content) =>
    xerial([snappyBlock(content)], Buffer.from('82534e41505059000000000000000000', 'hex')),
  ),
  shapeOf('snappy', 'a block size of -1', (content) =>
    Buffer.concat([xerial([]), Buffer.alloc(4, 0xff), snappyBlock(content)]),
  ),
  shapeOf('snappy', 'a block size beyond the stream', (content) =>
    Buffer.concat([xerial([]), Buffer.of(0, 0, 9, 0), snappyBlock(content)]),
  ),
  shapeOf('snappy', 'a copy before the beginning', () =>
    xerial([Buffer.of(4, 0x01, 0x05), snappyBlock(Buffer.alloc(4))]),
  ),
]

const lz4Streams: readonly Shape[] = [
  shapeOf('lz4', 'a wrong header checksum', (content) => lz4(content, { headerChecksum: 1 })),
  shapeOf('lz4', 'version 0', (content) => lz4(content, { flags: 0x20 })),
  shapeOf('lz4', 'dependent blocks', (content) => lz4(content, { flags: 0x40 })),
  shapeOf('lz4', 'reserved flags', (content) => lz4(content, { flags: 0x62 })),
  shapeOf('lz4', 'a dictionary', (content) => lz4(content, { flags: 0x61 })),
  shapeOf('lz4', 'a block size that is reserved', (content) =>
    lz4(content, { blockDescriptor: 0x30 }),
  ),
  shapeOf('lz4', 'reserved bits of the block descriptor', (content) =>
    lz4(content, { blockDescriptor: 0xc1 }),
  ),
  shapeOf('lz4', 'its content size', (content) =>
    lz4(content, { flags: 0x68, contentSize: sizeOf(content.length) }),
  ),
  shapeOf('lz4', 'a wrong content size', (content) =>
    lz4(content, { flags: 0x68, contentSize: sizeOf(5) }),
  ),
  shapeOf('lz4', 'a wrong block checksum', (content) =>
    lz4(content, { flags: 0x70, blocks: [lz4Block(content), checksum] }),
  ),
  shapeOf('lz4', 'a wrong content checksum', (content) =>
    lz4(content, { flags: 0x64, end: Buffer.concat([Buffer.alloc(4), checksum]) }),
  ),
  shapeOf('lz4', 'a content checksum that is missing', (content) => lz4(content, { flags: 0x64 })),
  shapeOf('lz4', 'two blocks', (content) =>
    lz4(content, { blocks: [lz4Block(content.subarray(0, 14)), lz4Block(content.subarray(14))] }),
  ),
  shapeOf('lz4', 'no end mark', (content) => lz4(content, { end: Buffer.alloc(0) })),
  shapeOf('lz4', 'half an end mark', (content) => lz4(content, { end: Buffer.alloc(2) })),
  shapeOf('lz4', 'a block beyond the stream', (content) =>
    lz4(content, { blocks: [lz4Block(content, 0x80000400)] }),
  ),
  shapeOf('lz4', 'a block larger than allowed', (content) =>
    lz4(content, { blocks: [lz4Block(content, 0x80100000)] }),
  ),
  shapeOf('lz4', 'an empty block', (content) =>
    lz4(content, { blocks: [lz4Block(Buffer.alloc(0)), lz4Block(content)] }),
  ),
  shapeOf('lz4', 'a copy before the beginning', () =>
    lz4(Buffer.alloc(0), { blocks: [lz4Block(Buffer.of(0x10, 1, 9, 0, 0x10, 2), 6)] }),
  ),
]

const zstdWithChecksum = Buffer.from(
  'KLUv/QQAlQEA4NACAAAAAmvAAnZhbHVlIDAgANACAAYCMQIEMgAIAA9AAeQLFoEVD0AB8m2ZrayMKkuF245+',
  'base64',
)

const zstdStreams: readonly Shape[] = [
  shapeOf('zstd', 'a checksum', () => Buffer.from(zstdWithChecksum), { header: { maxAt: 3 } }),
  shapeOf('zstd', 'a wrong checksum', () => flipped(Buffer.from(zstdWithChecksum), -1), {
    header: { maxAt: 3 },
  }),
  shapeOf('zstd', 'half a checksum', () => Buffer.from(zstdWithChecksum.subarray(0, -2)), {
    header: { maxAt: 3 },
  }),
  shapeOf('zstd', 'a skippable frame', (content) =>
    Buffer.concat([Buffer.from('502a4d18020000000102', 'hex'), stored('zstd', content)]),
  ),
  shapeOf('zstd', 'a dictionary', (content) => {
    const frame = stored('zstd', content)
    return Buffer.concat([frame.subarray(0, 4), Buffer.of(0xa1, 7), frame.subarray(5)])
  }),
  shapeOf('zstd', 'a content size that is too large', (content) => {
    const frame = stored('zstd', content)
    frame.writeUInt32LE(content.length + 5, 5)
    return frame
  }),
  shapeOf('zstd', 'a content size that is too small', (content) => {
    const frame = stored('zstd', content)
    frame.writeUInt32LE(content.length - 5, 5)
    return frame
  }),
  shapeOf('zstd', 'a reserved block', (content) => {
    const frame = stored('zstd', content)
    frame[9]! |= 6
    return frame
  }),
  shapeOf('zstd', 'a window of 1 GB', (content) => {
    const frame = stored('zstd', content)
    return Buffer.concat([frame.subarray(0, 4), Buffer.of(0, 20 << 3), frame.subarray(9)])
  }),
]

function sizeOf(size: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(size))
  return bytes
}

export const streamShapes: readonly Shape[] = [
  ...anyCodec,
  ...gzipStreams,
  ...snappyStreams,
  ...lz4Streams,
  ...zstdStreams,
]
