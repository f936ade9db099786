import { FOREVER } from '../../src/protocol/schema/field.ts'
import type { Fields, FieldSpec, MessageSchema } from '../../src/protocol/schema/index.ts'

/**
 * Returns one version of a schema as lines of text, one per field: path, type, and attributes. Two
 * schemas with the same lines have the same encoding and defaults.
 */
export function layoutOf(schema: MessageSchema<Fields>, version: number): string[] {
  const flexible = schema.isFlexible(version)
  return [`flexible ${flexible}`, ...fieldLines(schema.fields, version, '')]
}

function fieldLines(fields: Fields, version: number, path: string): string[] {
  return Object.entries(fields).flatMap(([name, { spec }]) => {
    if (version < spec.since || version > spec.until) return []
    const inner = spec.fields ?? spec.element?.fields ?? {}
    const line = `${path}${name} ${typeOf(spec)}${wordsOf(spec, version)}`
    return [line, ...fieldLines(inner, version, `${path}${name}.`)]
  })
}

function typeOf(spec: FieldSpec): string {
  return spec.kind === 'array' ? `[]${kindOf(spec.element!)}` : kindOf(spec)
}

/** Both kinds have the encoding of Kafka's int64. */
function kindOf({ kind }: FieldSpec): string {
  return kind === 'bits64' ? 'int64' : kind
}

function wordsOf(spec: FieldSpec, version: number): string {
  const { min, max } = spec.nullable ?? { min: FOREVER, max: -1 }
  return [
    version >= min && version <= max ? ' nullable' : '',
    spec.tag === undefined ? '' : ` tag ${spec.tag}`,
    spec.default === undefined
      ? ''
      : ` default ${typeof spec.default === 'bigint' ? spec.default : JSON.stringify(spec.default)}`,
    spec.neverCompact ? ' never compact' : '',
  ].join('')
}
