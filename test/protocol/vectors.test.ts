import { describe, expect, test } from 'vitest'

import type { Fields, MessageSchema } from '../../src/protocol/schema/index.ts'
import { officialDefinitions, schemaOf } from '../support/definitions.ts'
import { coordinatorRecords, knownSchemas } from '../support/known-schemas.ts'
import { expectedOf, isSaturated, readVectors, sharedVectors } from '../support/vectors.ts'
import type { Vector } from '../support/vectors.ts'

const sample = readVectors(new URL('golden/vectors.jsonl', import.meta.url))

describe('a sample of messages by Kafka’s own serializer', () => {
  for (const [name, vectors] of byMessage(sample)) {
    test(`${name} is read and written as Kafka does`, () => {
      const schema = knownSchemas.get(name)
      expect(schema, `${name} has a schema`).toBeDefined()
      checkAll(schema!, vectors)
    })
  }
})

/** The files of vectors, their number of lines, and the definitions without a schema here. */
const files = [
  ['vectors.jsonl', 2328, 'messages'],
  ['vectors-legacy-3.9.2.jsonl', 404, 'messages-3.9.2'],
  ['vectors-internal.jsonl', 395, 'internal-messages'],
  ['vectors-data.jsonl', 61, 'messages'],
] as const

for (const [file, lines, folder] of files) {
  const vectors = sharedVectors(file)
  const definitions = officialDefinitions(folder)
  const title = vectors === undefined ? `${file} (skipped: ../shared is not here)` : file
  describe.skipIf(vectors === undefined)(title, () => {
    test(`has ${lines} lines`, () => {
      expect(vectors).toHaveLength(lines)
    })
    for (const [name, ofMessage] of byMessage(vectors ?? [])) {
      const known = knownSchemas.get(name)
      const source = known ? '' : ' by its official definition, for no broker answers it'
      test(`${name} is read and written as Kafka does${source}`, () => {
        checkAll(known ?? schemaOf(definitions!.get(name)!), ofMessage)
      })
    }
  })
}

test('64-bit limits are saturated when read and are limits again when written', () => {
  const vectors = sample.filter(({ json }) => isSaturated(json))
  expect(vectors.length).toBeGreaterThan(10)
  for (const vector of vectors) {
    const schema = knownSchemas.get(nameOf(vector))!
    const value = schema.decode(vector.version, Buffer.from(vector.hex, 'hex'))
    expect(hexOf(schema, vector.version, value)).toBe(vector.hex)
  }
})

function checkAll(schema: MessageSchema<Fields>, vectors: readonly Vector[]): void {
  for (const vector of vectors) {
    const bytes = Buffer.from(vector.hex, 'hex')
    const value = schema.decode(vector.version, bytes)
    const hint = `${vector.api} v${vector.version} ${vector.fill}`
    const expected = expectedOf(schema.fields, renamed(vector))
    expect(value, hint).toEqual(expected)
    const written = hexOf(schema, vector.version, value)
    if (vector.fill === 'unktag') {
      const rewritten = schema.decode(vector.version, Buffer.from(written, 'hex'))
      expect(rewritten, `${hint} without the unknown tagged fields`).toEqual(expected)
      expect(written.length, hint).toBeLessThan(vector.hex.length)
    } else {
      expect(written, hint).toBe(vector.hex)
      expect(hexOf(schema, vector.version, expected), `${hint} from its values`).toBe(vector.hex)
    }
    checkPrefixed(vector, value)
  }
}

/** Keys and values of coordinators are also tested with their int16 prefix on disk. */
function checkPrefixed(
  { api, type, version, prefixedHex, fill }: Vector,
  value: Record<string, unknown>,
): void {
  if (prefixedHex === undefined) return
  const record = coordinatorRecords.get(api.replace(/(Key|Value)$/, ''))!
  const bytes = Buffer.from(prefixedHex, 'hex')
  const isKey = type === 'coordinator-key'
  expect(isKey ? record.decodeKey(bytes) : record.decodeValue(bytes)).toEqual(value)
  if (fill === 'unktag') return
  const written = isKey ? record.encodeKey(value) : record.encodeValue(version, value)
  expect(Buffer.from(written).toString('hex')).toBe(prefixedHex)
}

function hexOf(
  schema: MessageSchema<Fields>,
  version: number,
  value: Record<string, unknown>,
): string {
  return Buffer.from(schema.encode(version, value)).toString('hex')
}

/** Names that 4.x replaced without a change of their bytes. */
function renamed(vector: Vector): Record<string, unknown> {
  const { clientMetricsResources, ...json } = vector.json
  if (vector.api === 'ListClientMetricsResources' && clientMetricsResources !== undefined) {
    const names = clientMetricsResources as { name: string }[]
    return { ...json, configResources: names.map(({ name }) => ({ resourceName: name })) }
  }
  return vector.json
}

function nameOf({ api, type }: Vector): string {
  const name = api === 'ListClientMetricsResources' ? 'ListConfigResources' : api
  if (type === 'request') return `${name}Request`
  return type === 'response' ? `${name}Response` : name
}

function byMessage(vectors: readonly Vector[]): Map<string, Vector[]> {
  const groups = new Map<string, Vector[]>()
  for (const vector of vectors) {
    const group = groups.get(nameOf(vector))
    if (group) group.push(vector)
    else groups.set(nameOf(vector), [vector])
  }
  return groups
}
