import kafkajs from 'kafkajs'
import { compressFrame, decompressFrame } from 'lz4-napi'
import { compress as compressSnappy, uncompress } from 'snappy'
import { compress, decompress } from '../../../src/record/compression.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

interface Encoder {
  readonly buffer: Buffer
}

// kafkajs contains only gzip. The others are registered as its users do.
CompressionCodecs[CompressionTypes.Snappy] = () => ({
  compress: (encoder: Encoder) => compressSnappy(encoder.buffer),
  decompress: (bytes: Buffer) => uncompress(bytes),
})
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: (encoder: Encoder) => compressFrame(encoder.buffer),
  decompress: (bytes: Buffer) => decompressFrame(bytes),
})
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async (encoder: Encoder) => compress('zstd', encoder.buffer),
  decompress: async (bytes: Buffer) => Buffer.from(decompress('zstd', bytes)),
})

/** All codecs that kafkajs can use. */
export const codecs: [string, kafkajs.CompressionTypes][] = [
  ['none', CompressionTypes.None],
  ['gzip', CompressionTypes.GZIP],
  ['snappy', CompressionTypes.Snappy],
  ['lz4', CompressionTypes.LZ4],
  ['zstd', CompressionTypes.ZSTD],
]
