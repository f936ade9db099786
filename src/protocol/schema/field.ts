import type { UnreadBytes } from '../../platform/unread-bytes.ts'
import type { Uuid } from '../../platform/uuid.ts'

/** The encoding of a field, before nullability, tags and versions. */
export type Kind =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'bits64'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records'
  | 'array'
  | 'struct'

/** The last version of a field that was never removed. */
export const FOREVER = 0x7fff

/** A range of versions, both ends included. */
export interface VersionRange {
  readonly min: number
  readonly max: number
}

/**
 * Everything that the codec knows about a field. The ranges are as declared; the schema around it
 * narrows them.
 */
export interface FieldSpec {
  readonly kind: Kind
  readonly since: number
  readonly until: number
  /** The versions in which the field may be null; none by default. */
  readonly nullable?: VersionRange
  /** The number of a tagged field (KIP-482); absent for other fields. */
  readonly tag?: number
  /** `undefined` if the definition has none; then the empty value of the kind is the default. */
  readonly default?: unknown
  /**
   * Whether the length prefix has a fixed width even in flexible versions. Only the header's client
   * id has this.
   */
  readonly neverCompact?: boolean
  /** The elements of an array. */
  readonly element?: FieldSpec
  /** The fields of a struct, in order. */
  readonly fields?: Fields
}

/** The fields of a message or struct by name, in order. */
export type Fields = Readonly<Record<string, Field<unknown, unknown, boolean>>>

/**
 * A field of a message. Fields are immutable: each method returns a new one.
 *
 * `D` is the decoded type, `E` the type to encode, `O` whether the value may be omitted.
 */
export class Field<D, E = D, O extends boolean = false> {
  /** Only for the type checker. */
  declare readonly $types: { readonly decoded: D; readonly encodable: E; readonly optional: O }

  readonly spec: FieldSpec

  constructor(spec: FieldSpec) {
    this.spec = spec
  }

  /** The first version that has this field. */
  since(version: number): Field<D, E, O> {
    return new Field({ ...this.spec, since: version })
  }

  /** The last version that has this field. */
  until(version: number): Field<D, E, O> {
    return new Field({ ...this.spec, until: version })
  }

  /** Makes the field nullable: in all its versions, from one on, or in a range of them. */
  nullable(since = 0, until = FOREVER): Field<D | null, E | null, O> {
    return new Field({ ...this.spec, nullable: { min: since, max: until } })
  }

  /** Sets the value of the field if it is omitted, and in versions without it. */
  default(value: D): Field<D, E, true> {
    return new Field({ ...this.spec, default: value })
  }

  /**
   * Makes it a tagged field (KIP-482): it exists since a version, and is written only if it differs
   * from the default.
   */
  tag(number: number, since = this.spec.since): Field<D, E, true> {
    return new Field({ ...this.spec, tag: number, since })
  }

  /** Keeps the fixed-width length prefix in flexible versions. */
  neverCompact(): Field<D, E, O> {
    return new Field({ ...this.spec, neverCompact: true })
  }
}

type DecodedFieldOf<F> = F extends { readonly $types: { readonly decoded: infer D } } ? D : never
type EncodableFieldOf<F> = F extends { readonly $types: { readonly encodable: infer E } }
  ? E
  : never
type OptionalNames<F extends Fields> = {
  [K in keyof F]: F[K]['$types']['optional'] extends true ? K : never
}[keyof F]
type Flat<T> = { [K in keyof T]: T[K] }

/** The decoded type of a struct with these fields: every field, in every version. */
export type DecodedFields<F extends Fields> = { -readonly [K in keyof F]: DecodedFieldOf<F[K]> }

/** The type to encode. Fields with an explicit default and tagged fields may be omitted. */
export type EncodableFields<F extends Fields> = Flat<
  { readonly [K in Exclude<keyof F, OptionalNames<F>>]: EncodableFieldOf<F[K]> } & {
    readonly [K in OptionalNames<F>]?: EncodableFieldOf<F[K]> | undefined
  }
>

/** The parts of an encoded frame, in order: memory, or bytes that are read when they are sent. */
export type FramePart = Uint8Array | UnreadBytes

/** Records to encode. Large slices are written to the socket without a copy. */
export type RecordsInput = Uint8Array | readonly FramePart[]

const primitive = <D, E = D>(kind: Kind): Field<D, E> =>
  new Field<D, E>({ kind, since: 0, until: FOREVER })

export const bool = primitive<boolean>('bool')
export const int8 = primitive<number>('int8')
export const int16 = primitive<number>('int16')
export const uint16 = primitive<number>('uint16')
export const int32 = primitive<number>('int32')
export const uint32 = primitive<number>('uint32')
/**
 * A `number`: offsets, timestamps and producer ids never exceed 2^53. Larger values are decoded as
 * ±`Number.MAX_SAFE_INTEGER`, and those two are encoded as the limits of 64 bits.
 */
export const int64 = primitive<number>('int64')
/** All 64 bits of a hash, as a signed `bigint`. */
export const bits64 = primitive<bigint>('bits64')
export const float64 = primitive<number>('float64')
export const string = primitive<string>('string')
export const uuid = primitive<Uuid>('uuid')
/** Decoded as a slice of the frame, not a copy. */
export const bytes = primitive<Uint8Array>('bytes')
/** Record batches: decoded as a slice of the frame, encoded from one slice or several. */
export const records = primitive<Uint8Array, RecordsInput>('records')

/** A struct in a message. Assign it to a constant if several fields share it. */
export function struct<F extends Fields>(fields: F): Field<DecodedFields<F>, EncodableFields<F>> {
  return new Field({ kind: 'struct', since: 0, until: FOREVER, fields })
}

/** An array of primitives, or of a declared struct. */
export function array<D, E, O extends boolean>(element: Field<D, E, O>): Field<D[], readonly E[]>
/** An array of structs, given by their fields. */
export function array<F extends Fields>(
  fields: F,
): Field<DecodedFields<F>[], readonly EncodableFields<F>[]>
/** An array. */
export function array(element: Field<unknown> | Fields): Field<unknown[], readonly unknown[]> {
  const { spec } = element instanceof Field ? element : struct(element)
  return new Field({ kind: 'array', since: 0, until: FOREVER, element: spec })
}
