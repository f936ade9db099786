import { DecodeError, MessageSchema, Reader, Writer } from '../schema/index.ts'
import type { Decoded, DecodedFields, Encodable, Fields, SchemaOptions } from '../schema/index.ts'

/** A kind of record with an API key of its own, told apart by the frame around it. */
export class MetadataRecordSchema<
  F extends Fields = Fields,
  N extends string = string,
> extends MessageSchema<F> {
  declare readonly name: N
  readonly apiKey: number

  constructor(apiKey: number, name: N, options: SchemaOptions, fields: F) {
    super(name, options, fields)
    this.apiKey = apiKey
  }
}

/** Declares a kind of metadata record. */
export function metadataRecord<F extends Fields, const N extends string>(
  apiKey: number,
  name: N,
  options: SchemaOptions,
  fields: F,
): MetadataRecordSchema<F, N> {
  return new MetadataRecordSchema(apiKey, name, options, fields)
}

/** A decoded record with the name and version of its kind. */
export type FramedRecord<S> =
  S extends MetadataRecordSchema<infer F, infer N>
    ? { readonly name: N; readonly version: number; readonly record: DecodedFields<F> }
    : never

/** The version of the frame itself, the only one there is. */
const FRAME_VERSION = 1

/** The value of a record in the metadata log: frame version, API key and version as varints, then the record. */
export function encodeFramed<F extends Fields>(
  schema: MetadataRecordSchema<F>,
  version: number,
  record: Encodable<MessageSchema<F>>,
): Uint8Array {
  const writer = new Writer()
  writer.uvarint(FRAME_VERSION)
  return encodeBehind(writer, schema, version, record)
}

/** The same without the frame version, as the remote log metadata topic has it. */
export function encodeKeyed<F extends Fields>(
  schema: MetadataRecordSchema<F>,
  version: number,
  record: Encodable<MessageSchema<F>>,
): Uint8Array {
  return encodeBehind(new Writer(), schema, version, record)
}

/** Reads values that {@link encodeFramed} wrote. */
export function framedDecoder<S extends MetadataRecordSchema>(
  schemas: readonly S[],
): (bytes: Uint8Array) => FramedRecord<S> {
  const decode = decoderOf(schemas)
  return (bytes) => {
    const reader = new Reader(bytes)
    const frameVersion = reader.uvarint()
    if (frameVersion !== FRAME_VERSION) {
      throw new DecodeError(`there is no frame version ${frameVersion} of metadata records`)
    }
    return decode(reader)
  }
}

/** Reads values that {@link encodeKeyed} wrote. */
export function keyedDecoder<S extends MetadataRecordSchema>(
  schemas: readonly S[],
): (bytes: Uint8Array) => FramedRecord<S> {
  const decode = decoderOf(schemas)
  return (bytes) => decode(new Reader(bytes))
}

function encodeBehind<F extends Fields>(
  writer: Writer,
  schema: MetadataRecordSchema<F>,
  version: number,
  record: Encodable<MessageSchema<F>>,
): Uint8Array {
  writer.uvarint(schema.apiKey)
  writer.uvarint(version)
  schema.encodeInto(version, record, writer)
  return writer.finishContiguous()
}

function decoderOf<S extends MetadataRecordSchema>(
  schemas: readonly S[],
): (reader: Reader) => FramedRecord<S> {
  const byKey = new Map(schemas.map((schema) => [schema.apiKey, schema]))
  return (reader) => {
    const apiKey = reader.uvarint()
    const version = reader.uvarint()
    const schema = byKey.get(apiKey)
    if (schema === undefined) throw new DecodeError(`there is no metadata record of key ${apiKey}`)
    const record: Decoded<S> = schema.decodeFrom(version, reader) as Decoded<S>
    return { name: schema.name, version, record } as unknown as FramedRecord<S>
  }
}
