import type { CompressionType } from './compression-type.ts'
import { DecodeBuffer } from './decode-buffer.ts'
import { compressGzip, decodeGzip } from './gzip-stream.ts'
import { compressLz4, decodeLz4 } from './lz4-frame.ts'
import { compressSnappy, decodeSnappy } from './xerial-snappy.ts'
import { compressZstd, decodeZstd } from './zstd-frame.ts'

/** What the records of one batch may decompress to where the caller sets no limit: 1 GiB. */
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
 * The records of a batch in the form that Kafka's clients read.
 *
 * @param level of gzip (1 to 9, -1 its default) and of zstd; default the codec's own. lz4 here has
 *   one level, snappy has none
 */
export function compress(type: CompressionType, bytes: Uint8Array, level?: number): Uint8Array {
  return type === 'none' ? bytes : codecs[type].compress(bytes, level)
}

/**
 * The records of a batch in clear.
 *
 * @param maxBytes what the result may hold at most
 * @param magic of the batch: lz4 frames in messages of magic 0 carry a wrong header checksum
 *   (KAFKA-3160)
 * @throws CorruptRecordError when `bytes` are not what the codec writes; RecordTooLargeError beyond
 *   `maxBytes`
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

/** How many times smaller compression usually makes records, at most. */
const EXPECTED_RATIO = 8
const MOST_EXPECTED_BYTES = 1024 * 1024

/**
 * Decompresses the records of a batch into memory that is used again.
 *
 * @throws CorruptRecordError, RecordTooLargeError as {@link decompress} does; `output` has what was
 *   read until then
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
