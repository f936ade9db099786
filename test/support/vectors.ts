import type { Fields, FieldSpec } from '../../src/protocol/schema/index.ts'
import { sharedData } from './shared-data.ts'
import { readJsonLines } from './json-lines.ts'

/** A message that Kafka's own serializer wrote, with its content. */
export interface Vector {
  readonly api: string
  readonly key?: number
  readonly type: string
  readonly version: number
  readonly fill: 'full' | 'min' | 'default' | 'extreme' | 'unktag' | 'wide'
  readonly json: Record<string, unknown>
  readonly hex: string
  readonly prefixedHex?: string
}

/** Returns the vectors of a file, or `undefined` if it does not exist. */
export function sharedVectors(name: string): Vector[] | undefined {
  const path = sharedData(name)
  return path === undefined ? undefined : readVectors(path)
}

export function readVectors(path: string | URL): Vector[] {
  return readJsonLines(path)
}

/**
 * Returns the expected result of decoding for the JSON of a vector: 64-bit integers saturated,
 * bytes as bytes, and defaults where the JSON has no value, as for tagged fields and fields of
 * other versions.
 */
export function expectedOf(fields: Fields, json: Record<string, unknown>): Record<string, unknown> {
  const unknown = Object.keys(json).filter((name) => !(name in fields))
  if (unknown.length > 0) throw new Error(`the schema lacks ${unknown.join(', ')}`)
  return Object.fromEntries(
    Object.entries(fields).map(([name, { spec }]) => [
      name,
      name in json ? valueOf(spec, json[name]) : defaultOf(spec),
    ]),
  )
}

/** Whether a vector contains a 64-bit integer that a `number` cannot hold. */
export function isSaturated(value: unknown): boolean {
  if (typeof value === 'string')
    return /^-?\d{16,19}$/.test(value) && saturate(value) !== exact(value)
  if (Array.isArray(value)) return value.some(isSaturated)
  return typeof value === 'object' && value !== null && Object.values(value).some(isSaturated)
}

function valueOf(spec: FieldSpec, value: unknown): unknown {
  if (value === null) return null
  switch (spec.kind) {
    case 'array':
      return (value as unknown[]).map((element) => valueOf(spec.element!, element))
    case 'struct':
      return expectedOf(spec.fields!, value as Record<string, unknown>)
    case 'bytes':
    case 'records':
      return Buffer.from(value as string, 'base64')
    case 'int64':
      return Number(saturate(value as string))
    case 'bits64':
      return exact(value as string)
    case 'bool':
    case 'int8':
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'uint32':
    case 'float64':
    case 'string':
    case 'uuid':
      return value
  }
}

/** Written independently of the codec, so that one checks the other. */
function defaultOf(spec: FieldSpec): unknown {
  if (spec.default !== undefined) return spec.default
  switch (spec.kind) {
    case 'array':
      return []
    case 'struct':
      return expectedOf(spec.fields!, {})
    case 'bytes':
      return new Uint8Array(0)
    case 'records':
      return spec.nullable ? null : new Uint8Array(0)
    case 'string':
      return ''
    case 'uuid':
      return 'AAAAAAAAAAAAAAAAAAAAAA'
    case 'bool':
      return false
    case 'int8':
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'float64':
      return 0
    case 'bits64':
      return 0n
  }
}

const exact = (text: string): bigint => BigInt(text)

function saturate(text: string): bigint {
  const value = exact(text)
  const limit = BigInt(Number.MAX_SAFE_INTEGER)
  if (value > limit) return limit
  return value < -limit ? -limit : value
}
