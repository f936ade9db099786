import { DecodeError, MessageSchema, Reader, Writer } from '../schema/index.ts'
import type { DecodedFields, Encodable, Fields, SchemaOptions } from '../schema/index.ts'

/** A kind of record with its own API key, which is in the frame around it. */
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

/** The only version of the frame. */
const FRAME_VERSION = 1

/**
 * Encodes the value of a record in the metadata log or the remote log metadata topic: frame
 * version, API key and version as varints, then the record (Kafka's AbstractApiMessageSerde).
 */
export function encodeFramed<F extends Fields>(
  schema: MetadataRecordSchema<F>,
  version: number,
  record: Encodable<MessageSchema<F>>,
): Uint8Array {
  const writer = new Writer()
  writer.uvarint(FRAME_VERSION)
  writer.uvarint(schema.apiKey)
  writer.uvarint(version)
  schema.encodeInto(version, record, writer)
  return writer.finishContiguous()
}

/**
 * Returns a function that decodes what {@link encodeFramed} wrote. It throws DecodeError for
 * anything else.
 */
export function framedDecoder<S extends MetadataRecordSchema>(
  schemas: readonly S[],
): (bytes: Uint8Array) => FramedRecord<S> {
  const byKey = new Map(schemas.map((schema) => [schema.apiKey, schema]))
  return (bytes) => {
    const reader = new Reader(bytes)
    const frameVersion = reader.uvarint()
    if (frameVersion !== FRAME_VERSION) {
      throw new DecodeError(`there is no frame version ${frameVersion} of metadata records`)
    }
    const apiKey = reader.uvarint()
    const version = reader.uvarint()
    const schema = byKey.get(apiKey)
    if (schema === undefined) throw new DecodeError(`there is no metadata record of key ${apiKey}`)
    const record = schema.decodeFrom(version, reader)
    return { name: schema.name, version, record } as unknown as FramedRecord<S>
  }
}
