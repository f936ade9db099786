import { gunzipSync, gzipSync } from 'node:zlib'
import { CompressionType } from './compression-type.ts'
import { CorruptRecordError, RecordTooLargeError } from './corrupt-record-error.ts'
import { compressLz4, decompressLz4 } from './lz4-frame.ts'
import { compressSnappy, decompressSnappy } from './xerial-snappy.ts'
import { compressZstd, decompressZstd } from './zstd-frame.ts'

/** What the records of one batch may decompress to where the caller sets no limit: 1 GiB. */
export const MAX_DECOMPRESSED_BYTES = 2 ** 30

/**
 * The records of a batch in the form that Kafka's clients read.
 *
 * @param level of gzip (1 to 9) and of zstd; default the codec's own. lz4 here has one level, snappy has none
 */
export function compress(type: CompressionType, bytes: Uint8Array, level?: number): Uint8Array {
  switch (type) {
    case CompressionType.None:
      return bytes
    case CompressionType.Gzip:
      return gzipSync(bytes, level === undefined ? {} : { level })
    case CompressionType.Snappy:
      return compressSnappy(bytes)
    case CompressionType.Lz4:
      return compressLz4(bytes)
    case CompressionType.Zstd:
      return compressZstd(bytes, level)
  }
}

/**
 * @param maxBytes what the result may hold at most
 * @param magic of the batch: lz4 frames in messages of magic 0 carry a wrong header checksum (KAFKA-3160)
 * @throws CorruptRecordError when `bytes` are not what the codec writes; RecordTooLargeError beyond `maxBytes`
 */
export function decompress(
  type: CompressionType,
  bytes: Uint8Array,
  maxBytes: number = MAX_DECOMPRESSED_BYTES,
  magic = 2,
): Uint8Array {
  switch (type) {
    case CompressionType.None:
      return bytes
    case CompressionType.Gzip:
      return decompressGzip(bytes, maxBytes)
    case CompressionType.Snappy:
      return decompressSnappy(bytes, maxBytes)
    case CompressionType.Lz4:
      return decompressLz4(bytes, maxBytes, magic === 0)
    case CompressionType.Zstd:
      return decompressZstd(bytes, maxBytes)
  }
}

function decompressGzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new RecordTooLargeError(`gzip stream holds more than ${maxBytes} bytes`, { cause })
    }
    throw new CorruptRecordError('gzip stream cannot be decompressed', { cause })
  }
}
