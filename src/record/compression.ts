import { gunzipSync, gzipSync } from 'node:zlib'
import type { CompressionType } from './compression-type.ts'
import { compressLz4, decompressLz4 } from './lz4-frame.ts'
import { compressSnappy, decompressSnappy } from './xerial-snappy.ts'
import { zlibError } from './zlib-error.ts'
import { compressZstd, decompressZstd } from './zstd-frame.ts'

/** What the records of one batch may decompress to where the caller sets no limit: 1 GiB. */
export const MAX_DECOMPRESSED_BYTES = 2 ** 30

interface Codec {
  compress(bytes: Uint8Array, level: number | undefined): Uint8Array
  decompress(bytes: Uint8Array, maxBytes: number, magic: number): Uint8Array
}

const codecs: Record<CompressionType, Codec> = {
  none: { compress: (bytes) => bytes, decompress: (bytes) => bytes },
  gzip: { compress: compressGzip, decompress: decompressGzip },
  snappy: { compress: compressSnappy, decompress: decompressSnappy },
  lz4: {
    compress: compressLz4,
    decompress: (bytes, maxBytes, magic) => decompressLz4(bytes, maxBytes, magic === 0),
  },
  zstd: { compress: compressZstd, decompress: decompressZstd },
}

/**
 * The records of a batch in the form that Kafka's clients read.
 *
 * @param level of gzip (1 to 9, -1 its default) and of zstd; default the codec's own. lz4 here has
 *   one level, snappy has none
 */
export function compress(type: CompressionType, bytes: Uint8Array, level?: number): Uint8Array {
  return codecs[type].compress(bytes, level)
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
  return codecs[type].decompress(bytes, maxBytes, magic)
}

function compressGzip(bytes: Uint8Array, level: number | undefined): Uint8Array {
  return gzipSync(bytes, level === undefined ? {} : { level })
}

function decompressGzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes })
  } catch (cause) {
    throw zlibError('gzip', maxBytes, cause)
  }
}
