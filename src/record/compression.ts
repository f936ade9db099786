import type { CompressionType } from './compression-type.ts'
import { DecodeBuffer } from './decode-buffer.ts'
import { compressGzip, decodeGzip } from './gzip-stream.ts'
import { compressLz4, decodeLz4 } from './lz4-frame.ts'
import { compressSnappy, decodeSnappy } from './xerial-snappy.ts'
import { compressZstd, decodeZstd } from './zstd-frame.ts'

/** The default limit for the decompressed records of one batch: 1 GiB. */
export const MAX_DECOMPRESSED_BYTES = 2 ** 30

interface Codec {
  compress(bytes: Uint8Array, level: number | undefined): Uint8Array
  decode(bytes: Uint8Array, output: DecodeBuffer, magic: number): void
}

const codecs: Record<Exclude<CompressionType, 'none'>, Codec> = {
  gzip: { compress: compressGzip, decode: decodeGzip },
  snappy: { compress: compressSnappy, decode: decodeSnappy },
  lz4: {
    compress: compressLz4,
    decode: (bytes, output, magic) => decodeLz4(bytes, output, magic === 0),
  },
  zstd: { compress: compressZstd, decode: decodeZstd },
}

/**
 * Compresses the records of a batch in the format of Kafka's clients.
 *
 * @param level of gzip (1 to 9, -1 its default) and of zstd; default the codec's own. lz4 here has
 * one level, snappy has none
 */
export function compress(type: CompressionType, bytes: Uint8Array, level?: number): Uint8Array {
  return type === 'none' ? bytes : codecs[type].compress(bytes, level)
}

/**
 * Decompresses the records of a batch.
 *
 * @param maxBytes the maximum size of the result
 * @param magic the magic of the batch: lz4 frames in messages of magic 0 have a wrong header
 * checksum (KAFKA-3160)
 * @throws CorruptRecordError if `bytes` are not valid for the codec; RecordTooLargeError beyond
 * `maxBytes`
 */
export function decompress(
  type: CompressionType,
  bytes: Uint8Array,
  maxBytes: number = MAX_DECOMPRESSED_BYTES,
  magic = 2,
): Uint8Array {
  if (type === 'none') return bytes
  const output = new DecodeBuffer(Math.min(EXPECTED_RATIO * bytes.length, MOST_EXPECTED_BYTES))
  decompressInto(type, bytes, output, maxBytes, magic)
  return output.content
}

/** The usual maximum compression ratio of records. */
const EXPECTED_RATIO = 8
const MOST_EXPECTED_BYTES = 1024 * 1024

/**
 * Decompresses the records of a batch into reused memory.
 *
 * @throws CorruptRecordError, RecordTooLargeError as {@link decompress} does; `output` has the
 * bytes decoded until then
 */
export function decompressInto(
  type: Exclude<CompressionType, 'none'>,
  bytes: Uint8Array,
  output: DecodeBuffer,
  maxBytes: number,
  magic = 2,
): void {
  output.reset(maxBytes)
  codecs[type].decode(bytes, output, magic)
}
