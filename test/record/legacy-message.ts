import { crc32 } from 'node:zlib'

export interface LegacyMessage {
  magic: 0 | 1
  offset: number
  attributes?: number
  /** Magic 1 only. */
  timestamp?: number
  key: Uint8Array | null
  value: Uint8Array | null
}

/** Encodes a message as brokers before 0.11 wrote it, for tests that read such logs. */
export function encodeLegacyMessage(message: LegacyMessage): Buffer {
  const timestamp = Buffer.alloc(message.magic === 0 ? 0 : 8)
  if (message.magic === 1) timestamp.writeBigInt64BE(BigInt(message.timestamp ?? -1))
  const covered = Buffer.concat([
    Uint8Array.of(message.magic, message.attributes ?? 0),
    timestamp,
    ...sized(message.key),
    ...sized(message.value),
  ])
  const head = Buffer.alloc(16)
  head.writeBigInt64BE(BigInt(message.offset))
  head.writeInt32BE(4 + covered.length, 8)
  head.writeUInt32BE(crc32(covered), 12)
  return Buffer.concat([head, covered])
}

function sized(field: Uint8Array | null): Uint8Array[] {
  const size = Buffer.alloc(4)
  size.writeInt32BE(field?.length ?? -1)
  return field === null ? [size] : [size, field]
}
