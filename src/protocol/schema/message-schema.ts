import { compileDecoder, type Decoder } from './compile-decoder.ts'
import { compileEncoder, type Encoder } from './compile-encoder.ts'
import { DecodeError, EncodeError } from './decode-error.ts'
import type { DecodedFields, EncodableFields, Field, Fields, VersionRange } from './field.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** First and last version, and the first with compact lengths and tagged fields (absent: none is). */
export interface SchemaOptions {
  readonly versions: readonly [min: number, max: number]
  readonly flexible?: number
}

/** What decoding yields with a schema or struct. */
export type Decoded<S> =
  S extends MessageSchema<infer F>
    ? DecodedFields<F>
    : S extends Field<infer D, unknown, boolean>
      ? D
      : never

/** What encoding takes with a schema or struct. */
export type Encodable<S> =
  S extends MessageSchema<infer F>
    ? EncodableFields<F>
    : S extends { readonly $types: { readonly encodable: infer E } }
      ? E
      : never

/**
 * A message in all its versions. One shape of object covers them: decoding yields every field, with its default where
 * the version has none; encoding ignores what the version has no place for.
 *
 * Codecs are compiled per version when first used.
 */
export class MessageSchema<F extends Fields> {
  readonly name: string
  readonly versions: VersionRange
  /** The first version with compact lengths and tagged fields (KIP-482); `undefined` when none is. */
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
   * Reads a message that begins at `start`; bytes behind it are ignored, as Kafka does.
   *
   * @throws DecodeError when the bytes are not such a message, or there is no such version
   */
  decode(version: number, bytes: Uint8Array, start = 0): DecodedFields<F> {
    return this.decodeFrom(version, new Reader(bytes, start))
  }

  /** Reads a message at the reader's position and leaves the reader behind it. */
  decodeFrom(version: number, reader: Reader): DecodedFields<F> {
    const decoder = this.#decoders[version] ?? this.#compileDecoder(version)
    return decoder(reader) as DecodedFields<F>
  }

  /**
   * Writes a message behind what the writer holds.
   *
   * @throws EncodeError when the value cannot be written in this version
   */
  encodeInto(version: number, value: EncodableFields<F>, writer: Writer): void {
    const encoder = this.#encoders[version] ?? this.#compileEncoder(version)
    encoder(writer, value)
  }

  /** The message in one piece. */
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

/** A message that is not the body of a request or response: a header, an embedded schema, a record of an internal topic. */
export function message<F extends Fields>(
  name: string,
  options: SchemaOptions,
  fields: F,
): MessageSchema<F> {
  return new MessageSchema(name, options, fields)
}
