import type { Fields, FieldSpec, MessageSchema, Reader } from '../protocol/schema/index.ts'
import { DecodeError } from '../protocol/schema/index.ts'
import type { Target } from '../protocol/schema/source.ts'
import { isCompact, isNullable, partition } from '../protocol/schema/source.ts'

/**
 * Returns a message as JSON, in the form of Kafka's own converters: the fields of its version,
 * tagged fields only if they were written, bytes as base64. It returns text, because 64-bit
 * integers keep all digits.
 *
 * @throws DecodeError if the bytes are not such a message, or the version does not exist
 */
export function messageJson<F extends Fields>(
  schema: MessageSchema<F>,
  version: number,
  reader: Reader,
  special: SpecialFields = {},
): string {
  const { min, max } = schema.versions
  if (version < min || version > max) {
    throw new DecodeError(`${schema.name} has no version ${version}`)
  }
  const target = { version, flexible: schema.isFlexible(version) }
  return new MessageText(reader, target, special).struct(schema.fields)
}

/**
 * Fields of type bytes, by name, that contain another message. A function returns `undefined` if
 * they do not; then base64 is printed.
 */
export type SpecialFields = Readonly<Record<string, (bytes: Uint8Array) => string | undefined>>

class MessageText {
  readonly #reader: Reader
  readonly #target: Target
  readonly #special: SpecialFields

  constructor(reader: Reader, target: Target, special: SpecialFields) {
    this.#reader = reader
    this.#target = target
    this.#special = special
  }

  struct(fields: Fields): string {
    const { fixed, tagged } = partition(fields, this.#target)
    const texts = new Map<string, string>()
    for (const [name, spec] of fixed) texts.set(name, this.#value(spec, name))
    if (this.#target.flexible) this.#tagged(tagged, texts)
    const parts = Object.keys(fields)
      .filter((name) => texts.has(name))
      .map((name) => `"${name}":${texts.get(name)!}`)
    return `{${parts.join(',')}}`
  }

  #tagged(tagged: [string, FieldSpec][], texts: Map<string, string>): void {
    const reader = this.#reader
    for (let count = reader.uvarint(); count > 0; count--) {
      const tag = reader.uvarint()
      const end = reader.tagEnd(reader.uvarint())
      const known = tagged.find(([, spec]) => spec.tag === tag)
      if (known === undefined) {
        reader.position = end
        continue
      }
      const [name, spec] = known
      texts.set(name, this.#value(spec, name))
      reader.checkTagEnd(end, name)
    }
  }

  #value(spec: FieldSpec, name: string): string {
    const reader = this.#reader
    switch (spec.kind) {
      case 'bool':
        return String(reader.bool())
      case 'int8':
      case 'int16':
      case 'uint16':
      case 'int32':
      case 'uint32':
        return String(reader[spec.kind]())
      case 'int64':
        return int64Text(reader)
      case 'bits64':
        return String(reader.bits64())
      case 'float64':
        return doubleText(reader.float64())
      case 'uuid':
        return `"${reader.uuid()}"`
      case 'string':
        return this.#sized(spec, name, (length) => JSON.stringify(reader.string(length)))
      case 'bytes':
      case 'records':
        return this.#sized(spec, name, (length) => this.#bytes(name, reader.slice(length)))
      case 'array':
        return this.#array(spec, name)
      case 'struct':
        return this.#isNullStruct(spec) ? 'null' : this.struct(spec.fields!)
    }
  }

  /** Kafka writes a null struct as -1, but as 0 in a tagged field. */
  #isNullStruct(spec: FieldSpec): boolean {
    if (!isNullable(spec, this.#target)) return false
    return spec.tag === undefined ? this.#reader.int8() < 0 : this.#reader.uvarint() === 0
  }

  #sized(spec: FieldSpec, name: string, read: (length: number) => string): string {
    const reader = this.#reader
    const wide = spec.kind === 'string' ? 'int16' : 'int32'
    const length = isCompact(spec, this.#target) ? reader.uvarint() - 1 : reader[wide]()
    return length < 0 ? this.#null(spec, name) : read(length)
  }

  #array(spec: FieldSpec, name: string): string {
    const reader = this.#reader
    const length = isCompact(spec, this.#target) ? reader.uvarint() - 1 : reader.int32()
    if (length < 0) return this.#null(spec, name)
    const count = reader.checkCount(length, 1)
    const values = Array.from({ length: count }, () => this.#value(spec.element!, name))
    return `[${values.join(',')}]`
  }

  #bytes(name: string, bytes: Uint8Array): string {
    const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
    return this.#special[name]?.(bytes) ?? `"${base64}"`
  }

  #null(spec: FieldSpec, name: string): string {
    return isNullable(spec, this.#target) ? 'null' : this.#reader.unexpectedNull(name)
  }
}

/** Returns all digits; {@link Reader.int64} saturates. */
function int64Text(reader: Reader): string {
  const value = reader.int64()
  if (Number.isSafeInteger(value) && Math.abs(value) < Number.MAX_SAFE_INTEGER) return String(value)
  return String(reader.bytes.readBigInt64BE(reader.position - 8))
}

/**
 * Returns a double in Java's format: always with a fraction, and with an exponent from ten million
 * on and below a thousandth.
 */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`
  const magnitude = Math.abs(value)
  if (magnitude === 0 || (magnitude >= 1e-3 && magnitude < 1e7)) {
    if (Object.is(value, -0)) return '-0.0'
    return Number.isInteger(value) ? `${value}.0` : String(value)
  }
  const [digits, exponent] = value.toExponential().split('e')
  return `${digits!.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}
