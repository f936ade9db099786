import { ZERO_UUID } from '../../platform/uuid.ts'
import type { Fields, FieldSpec, Kind, VersionRange } from './field.ts'

/** The version that code is compiled for. */
export interface Target {
  readonly version: number
  readonly flexible: boolean
}

/**
 * Creates the last of the compiled functions. Their source contains only schemas, never bytes of a
 * peer.
 */
export function evaluate(functions: readonly string[], main: string): unknown {
  const source = `'use strict'\n${functions.join('\n')}\nreturn ${main}`
  // oxlint-disable-next-line typescript/no-implied-eval -- compiling is the purpose
  const create = new Function('EMPTY', source)
  return create(new Uint8Array(0))
}

/** Whether the field exists in a version. */
export function isPresent(spec: FieldSpec, { version, flexible }: Target): boolean {
  const tagsAllowed = spec.tag === undefined || flexible
  return version >= spec.since && version <= spec.until && tagsAllowed
}

/** Whether the field may be null in a version. */
export function isNullable(spec: FieldSpec, { version }: Target): boolean {
  return spec.nullable !== undefined && includes(spec.nullable, version)
}

/** Whether lengths of this field are varints. */
export function isCompact(spec: FieldSpec, { flexible }: Target): boolean {
  return flexible && !spec.neverCompact
}

/** Returns the fields without tags, and the tagged ones by number. */
export function partition(
  fields: Fields,
  target: Target,
): { fixed: [string, FieldSpec][]; tagged: [string, FieldSpec][] } {
  const present = Object.entries(fields)
    .map(([name, { spec }]): [string, FieldSpec] => [name, spec])
    .filter(([, spec]) => isPresent(spec, target))
  return {
    fixed: present.filter(([, spec]) => spec.tag === undefined),
    tagged: present
      .filter(([, spec]) => spec.tag !== undefined)
      .toSorted(([, a], [, b]) => a.tag! - b.tag!),
  }
}

/** Returns JavaScript that creates a field's default; `EMPTY` is an empty byte array. */
export function defaultSource(spec: FieldSpec): string {
  if (typeof spec.default === 'bigint') return `${spec.default}n`
  if (spec.default !== undefined) return JSON.stringify(spec.default)
  switch (spec.kind) {
    case 'array':
      return '[]'
    case 'struct':
      return defaultsOf(spec.fields!)
    case 'bytes':
      return 'EMPTY'
    case 'records':
      return spec.nullable ? 'null' : 'EMPTY'
    case 'string':
      return '""'
    case 'uuid':
      return JSON.stringify(ZERO_UUID)
    case 'bool':
      return 'false'
    case 'int8':
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'float64':
      return '0'
    case 'bits64':
      return '0n'
  }
}

/** Returns the minimum size of a field. A count of elements is checked against it. */
export function leastSize(spec: FieldSpec, target: Target): number {
  const compact = isCompact(spec, target)
  switch (spec.kind) {
    case 'array':
    case 'bytes':
    case 'records':
      return compact ? 1 : 4
    case 'string':
      return compact ? 1 : 2
    case 'struct':
      return isNullable(spec, target) ? 1 : leastSizeOfStruct(spec.fields!, target)
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
      return FIXED_SIZE[spec.kind]
  }
}

type FixedKind = Exclude<Kind, 'array' | 'bytes' | 'records' | 'string' | 'struct'>

const FIXED_SIZE: Readonly<Record<FixedKind, number>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  bits64: 8,
  float64: 8,
  uuid: 16,
}

function leastSizeOfStruct(fields: Fields, target: Target): number {
  const { fixed } = partition(fields, target)
  const tags = target.flexible ? 1 : 0
  return fixed.reduce((size, [, spec]) => size + leastSize(spec, target), tags)
}

function defaultsOf(fields: Fields): string {
  const properties = Object.entries(fields).map(
    ([name, { spec }]) => `${name}: ${defaultSource(spec)}`,
  )
  return `{ ${properties.join(', ')} }`
}

function includes(range: VersionRange, version: number): boolean {
  return version >= range.min && version <= range.max
}
