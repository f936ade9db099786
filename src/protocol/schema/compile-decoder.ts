import type { Fields, FieldSpec } from './field.ts'
import type { Reader } from './reader.ts'
import { defaultSource, evaluate, isCompact, isNullable, leastSize, partition } from './source.ts'
import type { Target } from './source.ts'

/** Decodes one version of a message. */
export type Decoder = (reader: Reader) => unknown

/**
 * Compiles the decoder of one version into straight-line JavaScript: one function per struct and
 * per array, each field a local variable, and a literal at the end that has the same shape in all
 * versions. Schemas are finite trees, so the recursion of a decoder is finite.
 */
export function compileDecoder(
  name: string,
  fields: Fields,
  version: number,
  flexible: boolean,
): Decoder {
  const source = new DecoderSource({ version, flexible })
  const main = source.struct(fields, name)
  return evaluate(source.functions, main) as Decoder
}

class DecoderSource {
  readonly functions: string[] = []
  readonly #target: Target
  /** Structs that several fields share are compiled once. */
  readonly #structs = new Map<Fields, string>()

  constructor(target: Target) {
    this.#target = target
  }

  /** Declares the function that decodes a struct, and returns its name. */
  struct(fields: Fields, path: string): string {
    const known = this.#structs.get(fields)
    if (known !== undefined) return known
    const { fixed, tagged } = partition(fields, this.#target)
    const body = [
      'let n',
      ...fixed.map(([name, spec]) => `const $${name} = ${this.#value(spec, `${path}.${name}`)}`),
      ...tagged.map(([name, spec]) => `let $${name} = ${defaultSource(spec)}`),
      ...(this.#target.flexible ? this.#taggedFields(tagged, path) : []),
      `return { ${this.#properties(fields, [...fixed, ...tagged])} }`,
    ]
    const name = this.#declare('struct', body)
    this.#structs.set(fields, name)
    return name
  }

  #properties(fields: Fields, present: [string, FieldSpec][]): string {
    const names = new Set(present.map(([name]) => name))
    return Object.entries(fields)
      .map(([name, { spec }]) => `${name}: ${names.has(name) ? `$${name}` : defaultSource(spec)}`)
      .join(', ')
  }

  #taggedFields(tagged: [string, FieldSpec][], path: string): string[] {
    const cases = tagged.map(([name, spec]) => {
      const field = `${path}.${name}`
      const value = this.#value(spec, field)
      return `case ${spec.tag}: $${name} = ${value}; r.checkTagEnd(end, ${JSON.stringify(field)}); break`
    })
    return [
      'for (let tags = r.uvarint(); tags > 0; tags--) {',
      'const tag = r.uvarint(), end = r.tagEnd(r.uvarint())',
      `switch (tag) { ${cases.join('\n')}\ndefault: r.position = end }`,
      '}',
    ]
  }

  /** Returns an expression that decodes a value. */
  #value(spec: FieldSpec, path: string): string {
    const compact = isCompact(spec, this.#target)
    switch (spec.kind) {
      case 'string':
        return this.#sized(spec, path, compact ? 'r.uvarint() - 1' : 'r.int16()', 'r.string(n)')
      case 'bytes':
      case 'records':
        return this.#sized(spec, path, compact ? 'r.uvarint() - 1' : 'r.int32()', 'r.slice(n)')
      case 'array':
        return `${this.#array(spec, path)}(r)`
      case 'struct': {
        const struct = `${this.struct(spec.fields!, path)}(r)`
        if (!isNullable(spec, this.#target)) return struct
        // Kafka writes a null struct as -1, but as 0 in a tagged field.
        const isNull = spec.tag === undefined ? 'r.int8() < 0' : 'r.uvarint() === 0'
        return `${isNull} ? null : ${struct}`
      }
      case 'bool':
      case 'int8':
      case 'int16':
      case 'uint16':
      case 'int32':
      case 'uint32':
      case 'int64':
      case 'bits64':
      case 'float64':
      case 'uuid':
        return `r.${spec.kind}()`
    }
  }

  #sized(spec: FieldSpec, path: string, length: string, value: string): string {
    return `(n = ${length}) < 0 ? ${this.#null(spec, path)} : ${value}`
  }

  #null(spec: FieldSpec, path: string): string {
    if (isNullable(spec, this.#target)) return 'null'
    return `r.unexpectedNull(${JSON.stringify(path)})`
  }

  #array(spec: FieldSpec, path: string): string {
    const element = spec.element!
    const least = Math.max(1, leastSize(element, this.#target))
    return this.#declare('array', [
      `let n = ${isCompact(spec, this.#target) ? 'r.uvarint() - 1' : 'r.int32()'}`,
      `if (n < 0) return ${this.#null(spec, path)}`,
      `const count = r.checkCount(n, ${least}), values = []`,
      `for (let i = 0; i < count; i++) values.push(${this.#value(element, path)})`,
      'return values',
    ])
  }

  #declare(kind: string, body: string[]): string {
    const name = `${kind}${this.functions.length}`
    this.functions.push(`function ${name}(r) {\n${body.join('\n')}\n}`)
    return name
  }
}
