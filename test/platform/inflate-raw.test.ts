import { deflateRawSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inflateAtOnce, inflateRaw } from '../../src/platform/inflate-raw.ts'
import { DecodeBuffer } from '../../src/record/decode-buffer.ts'
import { RecordTooLargeError } from '../../src/record/corrupt-record-error.ts'

const MOST_BYTES = 100_000

describe.each([
  ['by a stream that is kept', inflateRaw],
  ['by the function for a whole buffer', inflateAtOnce],
])('a raw deflate stream %s', (_, inflate) => {
  /** Returns the content, and the bytes after the stream; undefined if the stream does not end. */
  function read(input: Uint8Array, start = 0): [Uint8Array, Uint8Array | undefined] {
    const output = new DecodeBuffer(10)
    output.reset(MOST_BYTES)
    const end = inflate(input, start, output, MOST_BYTES)
    return [output.content, end < 0 ? undefined : input.subarray(end)]
  }

  test('is inflated, and the bytes after it are not read', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 3000 }), (content) => {
      const input = Buffer.concat([Buffer.from('??'), deflateRawSync(content), Buffer.from('!')])
      const [inflated, rest] = read(input, 2)
      expect(Buffer.from(content).equals(inflated)).toBe(true)
      expect(String(rest)).toBe('!')
    })
    fc.assert(property)
  })

  test('that is torn or invalid is inflated up to the error, and the next one completely', () => {
    const content = Buffer.from('all work and no play '.repeat(1000))
    const stream = deflateRawSync(content)
    for (let length = 0; length < stream.length; length++) {
      const [inflated, rest] = read(stream.subarray(0, length))
      expect(rest).toBeUndefined()
      expect(content.subarray(0, inflated.length).equals(inflated)).toBe(true)
    }
    expect(read(Buffer.alloc(50, 0xff))[1]).toBeUndefined()
    expect(content.equals(read(Buffer.concat([stream, Buffer.alloc(1)]))[0])).toBe(true)
  })

  test('is inflated up to a limit', () => {
    const most = Buffer.concat([deflateRawSync(Buffer.alloc(MOST_BYTES)), Buffer.alloc(1)])
    expect(read(most)[0]).toHaveLength(MOST_BYTES)
    const more = Buffer.concat([deflateRawSync(Buffer.alloc(50 * MOST_BYTES)), Buffer.alloc(1)])
    expect(() => read(more)).toThrow(RecordTooLargeError)
  })
})
