import { DecodeError, MessageSchema, Reader, Writer } from '../schema/index.ts'
import type { Decoded, Encodable, Fields, SchemaOptions } from '../schema/index.ts'

/**
 * A kind of record in a coordinator's topic. On disk an int16 precedes each part: the kind before
 * the key, the version before the value. A record without a value deletes its key.
 */
export class CoordinatorRecord<K extends Fields, V extends Fields> {
  /** The int16 before the key. */
  readonly type: number
  readonly key: MessageSchema<K>
  readonly value: MessageSchema<V>

  constructor(type: number, name: string, options: SchemaOptions, key: K, value: V) {
    this.type = type
    this.key = new MessageSchema(`${name}Key`, { versions: [KEY_VERSION, KEY_VERSION] }, key)
    this.value = new MessageSchema(`${name}Value`, options, value)
  }

  encodeKey(key: Encodable<MessageSchema<K>>): Uint8Array {
    const writer = new Writer(64)
    writer.int16(this.type)
    this.key.encodeInto(KEY_VERSION, key, writer)
    return writer.finishContiguous()
  }

  encodeValue(version: number, value: Encodable<MessageSchema<V>>): Uint8Array {
    const writer = new Writer()
    writer.int16(version)
    this.value.encodeInto(version, value, writer)
    return writer.finishContiguous()
  }

  /** @throws DecodeError if the bytes are not a key of this kind */
  decodeKey(bytes: Uint8Array): Decoded<MessageSchema<K>> {
    const reader = new Reader(bytes)
    const type = reader.int16()
    if (type !== this.type) throw new DecodeError(`${this.key.name} cannot be of type ${type}`)
    return this.key.decodeFrom(KEY_VERSION, reader)
  }

  /** @throws DecodeError if the bytes are not such a value, or the version is unknown */
  decodeValue(bytes: Uint8Array): Decoded<MessageSchema<V>> {
    const reader = new Reader(bytes)
    return this.value.decodeFrom(reader.int16(), reader)
  }
}

/** Keys must never change: compaction compares their bytes. */
const KEY_VERSION = 0

/** Declares a kind of record with the fields of its key and its value. */
export function coordinatorRecord<K extends Fields, V extends Fields>(
  type: number,
  name: string,
  options: SchemaOptions,
  parts: { readonly key: K; readonly value: V },
): CoordinatorRecord<K, V> {
  return new CoordinatorRecord(type, name, options, parts.key, parts.value)
}

/** Returns the version of a value. */
export function valueVersionOf(value: Uint8Array): number {
  return new Reader(value).int16()
}

/** Returns the kind of record of a key. */
export function recordTypeOf(key: Uint8Array): number {
  return new Reader(key).int16()
}
