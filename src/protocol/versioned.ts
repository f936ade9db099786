import { Reader, Writer } from './schema/index.ts'
import type { Decoded, DecodedFields, Encodable, Fields, MessageSchema } from './schema/index.ts'

/** Encodes a message after its int16 version (Kafka's MessageUtil.toVersionPrefixedBytes). */
export function encodeVersioned<F extends Fields>(
  schema: MessageSchema<F>,
  version: number,
  value: Encodable<MessageSchema<F>>,
): Uint8Array {
  const writer = new Writer()
  writer.int16(version)
  schema.encodeInto(version, value, writer)
  return writer.finishContiguous()
}

/**
 * Decodes a message after its version. A later version is refused, or read as the latest known one.
 *
 * @throws DecodeError if the bytes are not such a message, or the version is refused
 */
export function decodeVersioned<F extends Fields>(
  schema: MessageSchema<F>,
  bytes: Uint8Array,
  future: 'refuse' | 'orNewest' = 'refuse',
): Decoded<MessageSchema<F>> {
  const reader = new Reader(bytes)
  const written = reader.int16()
  const version = future === 'orNewest' ? Math.min(written, schema.versions.max) : written
  const value: DecodedFields<F> = schema.decodeFrom(version, reader)
  return value
}
