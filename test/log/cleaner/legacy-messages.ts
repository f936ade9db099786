import { crc32 } from 'node:zlib'

/**
 * Encodes a message of magic 0 or 1, as brokers before Kafka 0.11 stored them. Attributes above 0
 * are the codec of a wrapper's value.
 */
export function encodeLegacyMessage(
  magic: 0 | 1,
  offset: number,
  timestamp: number,
  {
    key,
    value,
    attributes = 0,
  }: { key: Uint8Array | null; value: Uint8Array | null; attributes?: number },
): Uint8Array {
  const timestampBytes = magic === 0 ? 0 : 8
  const head = Buffer.alloc(18 + timestampBytes)
  head.writeBigInt64BE(BigInt(offset))
  head.writeInt8(magic, 16)
  head.writeInt8(attributes, 17)
  if (magic === 1) head.writeBigInt64BE(BigInt(timestamp), 18)
  const fields = [key, value].flatMap((field) => {
    const size = Buffer.alloc(4)
    size.writeInt32BE(field?.length ?? -1)
    return field === null ? [size] : [size, field]
  })
  const bytes = Buffer.concat([head, ...fields])
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(16)), 12)
  return bytes
}
