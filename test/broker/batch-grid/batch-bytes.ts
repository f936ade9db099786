import { crc32c } from '../../../src/platform/crc32c.ts'
import * as layout from '../../../src/record/batch-layout.ts'
import { compressionId, type CompressionType } from '../../../src/record/compression-type.ts'

/** The header fields that a shape sets. Omitted fields are correct, or absent. */
export interface HeaderShape {
  baseOffset?: number
  /** Replaces the true length. */
  length?: number
  leaderEpoch?: number
  magic?: number
  /** Replaces the true checksum. */
  crc?: number
  /** In addition to the codec. */
  flags?: number
  /** Replaces the id of the codec. */
  codecId?: number
  lastOffsetDelta?: number
  baseTimestamp?: number
  maxTimestamp?: number
  producerId?: number
  producerEpoch?: number
  baseSequence?: number
  recordCount?: number
}

/** Returns a batch of magic 2 around a payload, with the header of a shape. */
export function batchBytes(
  codec: CompressionType,
  payload: Uint8Array,
  header: HeaderShape,
): Uint8Array {
  const { recordCount = 3 } = header
  const bytes = Buffer.alloc(layout.BATCH_OVERHEAD + payload.length)
  bytes.set(payload, layout.BATCH_OVERHEAD)
  bytes.writeBigInt64BE(BigInt(header.baseOffset ?? 0), layout.BASE_OFFSET)
  bytes.writeInt32BE(header.length ?? bytes.length - layout.LOG_OVERHEAD, layout.LENGTH)
  bytes.writeInt32BE(header.leaderEpoch ?? -1, layout.PARTITION_LEADER_EPOCH)
  bytes[layout.MAGIC] = header.magic ?? 2
  const attributes = (header.codecId ?? compressionId(codec)) | (header.flags ?? 0)
  bytes.writeUInt16BE(attributes, layout.ATTRIBUTES)
  bytes.writeInt32BE(header.lastOffsetDelta ?? recordCount - 1, layout.LAST_OFFSET_DELTA)
  bytes.writeBigInt64BE(BigInt(header.baseTimestamp ?? -1), layout.BASE_TIMESTAMP)
  bytes.writeBigInt64BE(BigInt(header.maxTimestamp ?? -1), layout.MAX_TIMESTAMP)
  bytes.writeBigInt64BE(BigInt(header.producerId ?? -1), layout.PRODUCER_ID)
  bytes.writeInt16BE(header.producerEpoch ?? -1, layout.PRODUCER_EPOCH)
  bytes.writeInt32BE(header.baseSequence ?? -1, layout.BASE_SEQUENCE)
  bytes.writeInt32BE(recordCount, layout.RECORD_COUNT)
  bytes.writeUInt32BE(header.crc ?? crc32c(bytes, layout.ATTRIBUTES) >>> 0, layout.CRC)
  return bytes
}
