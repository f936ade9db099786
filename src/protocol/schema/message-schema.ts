import { compileDecoder, type Decoder } from './compile-decoder.ts'
import { compileEncoder, type Encoder } from './compile-encoder.ts'
import { DecodeError, EncodeError } from './decode-error.ts'
import type { DecodedFields, EncodableFields, Field, Fields, VersionRange } from './field.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/**
 * The first and last version, and the first one with compact lengths and tagged fields (absent:
 * none).
 */
export interface SchemaOptions {
  readonly versions: readonly [min: number, max: number]
  readonly flexible?: number
}

/** The decoded type of a schema or struct. */
export type Decoded<S> =
  S extends MessageSchema<infer F>
    ? DecodedFields<F>
    : S extends Field<infer D, unknown, boolean>
      ? D
      : never

/** The type to encode of a schema or struct. */
export type Encodable<S> =
  S extends MessageSchema<infer F>
    ? EncodableFields<F>
    : S extends { readonly $types: { readonly encodable: infer E } }
      ? E
      : never

/**
 * A message in all of its versions. Its objects have the same shape in all versions: decoding
 * returns every field, with its default if the version does not have it. Encoding ignores fields
 * that the version does not have.
 *
 * Codecs are compiled per version at their first use.
 */
export class MessageSchema<F extends Fields> {
  readonly name: string
  readonly versions: VersionRange
  /**
   * The first version with compact lengths and tagged fields (KIP-482); `undefined` if there is
   * none.
   */
  readonly flexible: number | undefined
  readonly fields: F

  readonly #decoders: Decoder[] = []
  readonly #encoders: Encoder[] = []

  constructor(name: string, options: SchemaOptions, fields: F) {
    this.name = name
    this.versions = { min: options.versions[0], max: options.versions[1] }
    this.flexible = options.flexible
    this.fields = fields
  }

  isFlexible(version: number): boolean {
    return this.flexible !== undefined && version >= this.flexible
  }

  /**
   * Decodes a message that starts at `start`. Bytes after it are ignored, as in Kafka.
   *
   * @throws DecodeError if the bytes are not such a message, or the version does not exist
   */
  decode(version: number, bytes: Uint8Array, start = 0): DecodedFields<F> {
    return this.decodeFrom(version, new Reader(bytes, start))
  }

  /** Decodes a message at the reader's position, and moves the reader after it. */
  decodeFrom(version: number, reader: Reader): DecodedFields<F> {
    const decoder = this.#decoders[version] ?? this.#compileDecoder(version)
    return decoder(reader) as DecodedFields<F>
  }

  /**
   * Appends a message to the writer.
   *
   * @throws EncodeError if the value cannot be written in this version
   */
  encodeInto(version: number, value: EncodableFields<F>, writer: Writer): void {
    const encoder = this.#encoders[version] ?? this.#compileEncoder(version)
    encoder(writer, value)
  }

  /** Encodes the message into one buffer. */
  encode(version: number, value: EncodableFields<F>): Uint8Array {
    const writer = new Writer()
    this.encodeInto(version, value, writer)
    return writer.finishContiguous()
  }

  #compileDecoder(version: number): Decoder {
    if (!this.#has(version)) throw new DecodeError(`${this.name} has no version ${version}`)
    const decoder = compileDecoder(this.name, this.fields, version, this.isFlexible(version))
    this.#decoders[version] = decoder
    return decoder
  }

  #compileEncoder(version: number): Encoder {
    if (!this.#has(version)) throw new EncodeError(`${this.name} has no version ${version}`)
    const encoder = compileEncoder(this.name, this.fields, version, this.isFlexible(version))
    this.#encoders[version] = encoder
    return encoder
  }

  #has(version: number): boolean {
    return version >= this.versions.min && version <= this.versions.max
  }
}

/**
 * Declares a message that is not the body of a request or response: a header, an embedded schema, a
 * record of an internal topic.
 */
export function message<F extends Fields>(
  name: string,
  options: SchemaOptions,
  fields: F,
): MessageSchema<F> {
  return new MessageSchema(name, options, fields)
}
