import type { Fields, FieldSpec } from './field.ts'
import { defaultSource, evaluate, isCompact, isNullable, partition } from './source.ts'
import type { Target } from './source.ts'
import type { Writer } from './writer.ts'

/** Encodes one version of a message. */
export type Encoder = (writer: Writer, value: unknown) => void

/**
 * Compiles the encoder of one version into straight-line JavaScript: one function per struct and
 * per array. Tagged fields are written only if they differ from their default, as in Kafka.
 */
export function compileEncoder(
  name: string,
  fields: Fields,
  version: number,
  flexible: boolean,
): Encoder {
  const source = new EncoderSource({ version, flexible })
  const main = source.struct(fields, name)
  return evaluate(source.functions, main) as Encoder
}

class EncoderSource {
  readonly functions: string[] = []
  readonly #target: Target
  readonly #structs = new Map<Fields, string>()

  constructor(target: Target) {
    this.#target = target
  }

  /** Declares the function that encodes a struct, and returns its name. */
  struct(fields: Fields, path: string): string {
    const known = this.#structs.get(fields)
    if (known !== undefined) return known
    const { fixed, tagged } = partition(fields, this.#target)
    const body = fixed.map(([name, spec]) => {
      const field = `${path}.${name}`
      if (spec.default === undefined) return this.#write(spec, `v.${name}`, field)
      const value = `const $${name} = v.${name} === undefined ? ${defaultSource(spec)} : v.${name}`
      return `${value}\n${this.#write(spec, `$${name}`, field)}`
    })
    if (this.#target.flexible) body.push(...this.#taggedFields(tagged, path))
    const name = this.#declare('struct', 'w, v', body)
    this.#structs.set(fields, name)
    return name
  }

  #taggedFields(tagged: [string, FieldSpec][], path: string): string[] {
    if (tagged.length === 0) return ['w.int8(0)']
    const differs = tagged.map(([name, spec]) => {
      return `const $${name} = v.${name}, has_${name} = ${this.#differs(spec, `$${name}`)}`
    })
    const count = tagged.map(([name]) => `has_${name}`).join(' + ')
    const writes = tagged.map(([name, spec]) => {
      if (spec.kind === 'records') throw new Error(`${path}.${name}: records cannot be tagged`)
      const write = this.#write(spec, `$${name}`, `${path}.${name}`)
      return `if (has_${name}) { const mark = w.beginTag(${spec.tag}); ${write}; w.endTag(mark) }`
    })
    return [...differs, `w.uvarint(${count})`, ...writes]
  }

  /** Returns an expression that tells whether a value exists and differs from the default. */
  #differs(spec: FieldSpec, value: string): string {
    return `(${value} !== undefined && ${this.#differsFromDefault(spec, value)})`
  }

  #differsFromDefault(spec: FieldSpec, value: string): string {
    if (spec.default !== undefined) return `${value} !== ${defaultSource(spec)}`
    const orNull = spec.nullable ? `${value} === null || ` : ''
    switch (spec.kind) {
      case 'array':
      case 'bytes':
        return `(${orNull}${value}.length !== 0)`
      case 'records':
        return `(${orNull}true)`
      case 'struct':
        return `(${orNull}${this.#structDiffers(spec.fields!)}(${value}))`
      case 'bool':
      case 'int8':
      case 'int16':
      case 'uint16':
      case 'int32':
      case 'uint32':
      case 'int64':
      case 'bits64':
      case 'float64':
      case 'string':
      case 'uuid':
        return `${value} !== ${defaultSource(spec)}`
    }
  }

  #structDiffers(fields: Fields): string {
    const differences = Object.entries(fields).map(([name, { spec }]) =>
      this.#differs(spec, `v.${name}`),
    )
    return this.#declare('differs', 'v', [`return ${differences.join(' || ') || 'false'}`])
  }

  /** Returns statements that write a value. */
  #write(spec: FieldSpec, value: string, path: string): string {
    if (spec.nullable === undefined) return this.#writeValue(spec, value, path)
    return `if (${value} === null) ${this.#writeNull(spec, path)}
      else { ${this.#writeValue(spec, value, path)} }`
  }

  #writeNull(spec: FieldSpec, path: string): string {
    if (!isNullable(spec, this.#target)) return `w.unexpectedNull(${JSON.stringify(path)})`
    if (spec.kind === 'struct') return spec.tag === undefined ? 'w.int8(-1)' : 'w.int8(0)'
    if (isCompact(spec, this.#target)) return 'w.int8(0)'
    return spec.kind === 'string' ? 'w.int16(-1)' : 'w.int32(-1)'
  }

  #writeValue(spec: FieldSpec, value: string, path: string): string {
    const compact = isCompact(spec, this.#target)
    switch (spec.kind) {
      case 'string':
        return `w.${compact ? 'compactString' : 'string'}(${value})`
      case 'bytes':
        return `w.${compact ? 'compactBytes' : 'bytes'}(${value})`
      case 'records':
        return `w.${compact ? 'compactRecords' : 'records'}(${value})`
      case 'array':
        return `${this.#array(spec, path)}(w, ${value})`
      case 'struct': {
        const presence = isNullable(spec, this.#target) ? 'w.int8(1); ' : ''
        return `${presence}${this.struct(spec.fields!, path)}(w, ${value})`
      }
      case 'uint16':
        return `w.int16(${value})`
      case 'uint32':
        return `w.int32(${value})`
      case 'bool':
      case 'int8':
      case 'int16':
      case 'int32':
      case 'int64':
      case 'bits64':
      case 'float64':
      case 'uuid':
        return `w.${spec.kind}(${value})`
    }
  }

  #array(spec: FieldSpec, path: string): string {
    return this.#declare('array', 'w, v', [
      isCompact(spec, this.#target) ? 'w.uvarint(v.length + 1)' : 'w.int32(v.length)',
      `for (let i = 0; i < v.length; i++) { ${this.#write(spec.element!, 'v[i]', path)} }`,
    ])
  }

  #declare(kind: string, parameters: string, body: string[]): string {
    const name = `${kind}${this.functions.length}`
    this.functions.push(`function ${name}(${parameters}) {\n${body.join('\n')}\n}`)
    return name
  }
}
