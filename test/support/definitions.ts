import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  array,
  bool,
  bytes,
  Field,
  float64,
  int16,
  int32,
  int64,
  int8,
  message,
  records,
  string,
  struct,
  uint16,
  uint32,
  uuid,
} from '../../src/protocol/schema/index.ts'
import type { Fields, MessageSchema, VersionRange } from '../../src/protocol/schema/index.ts'
import { sharedData } from './shared-data.ts'

/** A field in Kafka's message definitions. */
interface OfficialField {
  readonly name: string
  readonly type: string
  readonly versions?: string
  readonly nullableVersions?: string
  readonly taggedVersions?: string
  readonly flexibleVersions?: string
  readonly tag?: number
  readonly default?: unknown
  readonly fields?: readonly OfficialField[]
}

/** One of Kafka's message definitions. */
export interface Definition {
  readonly name: string
  readonly type: string
  readonly apiKey?: number
  readonly listeners?: readonly string[]
  readonly validVersions: string
  readonly flexibleVersions?: string
  readonly latestVersionUnstable?: boolean
  readonly fields?: readonly OfficialField[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: OfficialField[] }[]
}

const FOREVER = 0x7fff
const primitives: Readonly<Record<string, Field<unknown, never>>> = {
  bool,
  int8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  float64,
  string,
  uuid,
  bytes,
  records,
} as unknown as Record<string, Field<unknown, never>>

/**
 * Returns the definitions of a folder by name, without those that have no version; `undefined` if
 * the folder does not exist.
 */
export function officialDefinitions(folder: string): Map<string, Definition> | undefined {
  const path = sharedData(folder)
  if (path === undefined) return undefined
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
  const definitions = files
    .filter((file) => file.endsWith('.json'))
    .map((file) => parse(readFileSync(join(path, file), 'utf8')))
    .filter((definition) => definition.validVersions !== 'none')
  return new Map(definitions.map((definition) => [definition.name, definition]))
}

/** Parses a range of the definitions: `3`, `1-5`, `2+` or `none`. */
export function rangeOf(text: string | undefined): VersionRange | undefined {
  if (text === undefined || text === 'none') return undefined
  const [min, max] = text.replace('+', `-${FOREVER}`).split('-').map(Number)
  return { min: min!, max: max ?? min! }
}

/** Returns a schema for an official definition. */
export function schemaOf(definition: Definition): MessageSchema<Fields> {
  const { min, max } = rangeOf(definition.validVersions)!
  const flexible = rangeOf(definition.flexibleVersions)?.min
  const options = { versions: [min, max] as const, ...(flexible === undefined ? {} : { flexible }) }
  return message(definition.name, options, fieldsOf(definition, definition.fields ?? []))
}

function fieldsOf(definition: Definition, fields: readonly OfficialField[]): Fields {
  return Object.fromEntries(
    fields.map((field) => [camelCase(field.name), fieldOf(definition, field)]),
  )
}

function fieldOf(
  definition: Definition,
  official: OfficialField,
): Field<unknown, unknown, boolean> {
  const name = official.type.replace('[]', '')
  const common = definition.commonStructs?.find((candidate) => candidate.name === name)
  const inner = official.fields ?? common?.fields
  const element = inner ? struct(fieldsOf(definition, inner)) : primitives[name]!
  const type: Field<unknown, unknown> = official.type.startsWith('[]') ? array(element) : element
  const versions = rangeOf(official.versions ?? official.taggedVersions)!
  const nullable = rangeOf(official.nullableVersions)
  const tagged = rangeOf(official.taggedVersions)
  const { min, max } = versions
  return new Field({
    ...type.spec,
    since: min,
    until: max,
    ...(nullable ? { nullable } : {}),
    ...(tagged ? { tag: official.tag! } : {}),
    // Kafka's generator takes the value null, in place of the text, for a missing default.
    ...(official.default === undefined || official.default === null
      ? {}
      : { default: defaultOf(type.spec.kind, official.default) }),
    ...(official.flexibleVersions === 'none' ? { neverCompact: true } : {}),
  })
}

/** Some definitions have defaults as text, others as values. */
function defaultOf(kind: string, value: unknown): unknown {
  if (value === null || value === 'null') return null
  if (kind === 'string') return value
  if (kind === 'bool') return String(value) === 'true'
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER)
}

function camelCase(name: string): string {
  return name[0]!.toLowerCase() + name.slice(1)
}

/** The definitions are JSON with comments, some of them at the end of a line. */
function parse(text: string): Definition {
  const lines = text.split('\n').map((line) => {
    return /^\s*\/\//.test(line) ? '' : line.replace(/\/\/[^"]*$/, '')
  })
  return JSON.parse(lines.join('\n')) as Definition
}
