import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { decodeRequestHeader } from '../../src/protocol/frame.ts'
import { decodeMetadataRecord } from '../../src/protocol/internal/cluster-metadata.ts'
import { OffsetCommitRecord } from '../../src/protocol/internal/offsets-topic.ts'
import { DecodeError } from '../../src/protocol/schema/index.ts'
import type { Fields, MessageSchema } from '../../src/protocol/schema/index.ts'
import { knownSchemas } from '../support/known-schemas.ts'
import { readVectors } from '../support/vectors.ts'
import type { Vector } from '../support/vectors.ts'

import { apis } from '../support/all-apis.ts'
import { scaled } from '../support/scale.ts'

const apiOf = (key: number) => apis.get(key)

const schemas = [...knownSchemas.values()]
const vectors = readVectors(new URL('golden/vectors.jsonl', import.meta.url)).filter(
  (vector) => schemaOf(vector) !== undefined,
)

/** A schema and one of its versions. */
const target = fc
  .tuple(fc.nat(schemas.length - 1), fc.nat())
  .map(([index, pick]): [MessageSchema<Fields>, number] => {
    const schema = schemas[index]!
    const { min, max } = schema.versions
    return [schema, min + (pick % (max - min + 1))]
  })

/** Bytes that look like lengths and counts more often than random ones. */
const nasty = fc
  .array(
    fc.oneof(fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 255 })),
    { maxLength: 400 },
  )
  .map((bytes) => Uint8Array.from(bytes))

describe('a decoder', () => {
  test('throws nothing but its own error for random bytes', () => {
    fc.assert(
      fc.property(target, nasty, ([schema, version], bytes) => {
        decodesOrRefuses(() => schema.decode(version, bytes))
      }),
      { numRuns: scaled(5000) },
    )
  })

  test('throws nothing but its own error for messages with a few bytes changed', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
    const changes = fc.array(change, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.nat(vectors.length - 1), changes, (index, edits) => {
        const vector = vectors[index]!
        const bytes = Buffer.from(vector.hex, 'hex')
        for (const [at, byte] of edits) bytes[at % Math.max(1, bytes.length)] = byte
        decodesOrRefuses(() => schemaOf(vector)!.decode(vector.version, bytes))
      }),
      { numRuns: scaled(5000) },
    )
  })

  test('refuses a message that ends too early', () => {
    fc.assert(
      fc.property(fc.nat(vectors.length - 1), fc.nat(), (index, cut) => {
        const vector = vectors[index]!
        const bytes = Buffer.from(vector.hex, 'hex')
        if (bytes.length === 0) return
        const short = bytes.subarray(0, cut % bytes.length)
        expect(() => schemaOf(vector)!.decode(vector.version, short)).toThrow(DecodeError)
      }),
      { numRuns: scaled(2000) },
    )
  })

  test('reads a message the same at any position, and ignores bytes after it', () => {
    fc.assert(
      fc.property(fc.nat(vectors.length - 1), nasty, nasty, (index, before, after) => {
        const vector = vectors[index]!
        const schema = schemaOf(vector)!
        const bytes = Buffer.from(vector.hex, 'hex')
        const embedded = new Uint8Array(Buffer.concat([before, bytes, after]))
        expect(schema.decode(vector.version, embedded, before.length)).toEqual(
          schema.decode(vector.version, bytes),
        )
      }),
      { numRuns: scaled(1000) },
    )
  })

  test('allocates nothing for a count that exceeds the bytes', () => {
    const counts = ['7fffffff', '40000000', '00ffffff']
    for (const schema of schemas) {
      const { min, max } = schema.versions
      for (let version = min; version <= max; version++) {
        for (const count of counts) {
          const bytes = Buffer.from(count.repeat(8), 'hex')
          const before = process.memoryUsage().arrayBuffers
          decodesOrRefuses(() => schema.decode(version, bytes))
          expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
        }
      }
    }
  })
})

test('headers and framed records throw nothing but a DecodeError for random bytes', () => {
  fc.assert(
    fc.property(nasty, (bytes) => {
      decodesOrRefuses(() => decodeRequestHeader(bytes, apiOf))
      decodesOrRefuses(() => decodeMetadataRecord(bytes))
      decodesOrRefuses(() => OffsetCommitRecord.decodeKey(bytes))
      decodesOrRefuses(() => OffsetCommitRecord.decodeValue(bytes))
    }),
    { numRuns: scaled(2000) },
  )
})

function decodesOrRefuses(decode: () => unknown): void {
  try {
    decode()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
}

function schemaOf({ api, type }: Vector): MessageSchema<Fields> | undefined {
  const suffix = { request: 'Request', response: 'Response' }[type] ?? ''
  return knownSchemas.get(`${api}${suffix}`)
}
