import { describe, expect, test } from 'vitest'
import { messageJson } from '../../src/dump/message-json.ts'
import { DecodeError, float64, int64, message, Reader } from '../../src/protocol/schema/index.ts'
import { knownSchemas } from '../support/known-schemas.ts'
import { sharedVectors } from '../support/vectors.ts'

const vectors = [
  ...(sharedVectors('vectors-internal.jsonl') ?? []),
  ...(sharedVectors('vectors-data.jsonl') ?? []),
]

/**
 * Makes JSON comparable: Kafka's JSON in the vectors has 64-bit integers as strings, and doubles
 * have several notations.
 */
function comparable(json: string): string {
  return json
    .replace(/"(-?\d{1,19})"/g, '$1')
    .replace(/-?\d+(\.\d+)?([eE]\+?-?\d+)?/g, (text) => (/[.eE]/.test(text) ? `${+text}` : text))
}

describe.skipIf(vectors.length === 0)(
  'the JSON of a message (needs the shared data beside the checkout)',
  () => {
    const known = vectors.filter(({ api }) => knownSchemas.has(api))

    test("has Kafka's fields, in order and with all digits", () => {
      expect(known.length).toBeGreaterThan(300)
      for (const { api, version, json, hex } of known) {
        const reader = new Reader(Buffer.from(hex, 'hex'))
        const text = messageJson(knownSchemas.get(api)!, version, reader)
        expect(comparable(text), `${api} ${version}`).toBe(comparable(JSON.stringify(json)))
      }
    })
  },
)

const sample = message('Sample', { versions: [0, 1] }, { number: int64, share: float64 })

function jsonOf(number: bigint, share: number): string {
  const bytes = Buffer.alloc(16)
  bytes.writeBigInt64BE(number)
  bytes.writeDoubleBE(share, 8)
  return messageJson(sample, 1, new Reader(bytes))
}

test('numbers beyond 2^53 keep their digits', () => {
  expect(jsonOf(1341273612265709147n, 0)).toContain('"number":1341273612265709147,')
  expect(jsonOf(-9223372036854775808n, 0)).toContain('"number":-9223372036854775808,')
  expect(jsonOf(-3n, 0)).toContain('"number":-3,')
})

test.each([
  [0, '0.0'],
  [1048576, '1048576.0'],
  [10_485_760, '1.048576E7'],
  [0.25, '0.25'],
  [0.0001, '1.0E-4'],
])('a double is written as Java does: %d', (value, text) => {
  expect(jsonOf(0n, value)).toBe(`{"number":0,"share":${text}}`)
})

test('an unknown version and truncated bytes are refused', () => {
  expect(() => messageJson(sample, 2, new Reader(Buffer.alloc(16)))).toThrow(DecodeError)
  expect(() => messageJson(sample, 1, new Reader(Buffer.alloc(15)))).toThrow(DecodeError)
})
