import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameDecoder, InvalidFrameError } from '../../src/network/frame-decoder.ts'
import { framed } from './support.ts'

function decode(chunks: Iterable<Buffer>, maxBytes = 1_000_000): Buffer[] {
  const frames: Buffer[] = []
  const decoder = new FrameDecoder(maxBytes, (frame) => frames.push(frame))
  for (const chunk of chunks) decoder.push(chunk)
  return frames
}

function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let position = 0
  for (let i = 0; position < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    yield Buffer.from(bytes.subarray(position, position + size))
    position += size
  }
}

describe('the frame decoder', () => {
  it('returns the same frames for any division of the stream into chunks', () => {
    const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 })
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(payloads, sizes, (expected, chunkSizes) => {
        const stream = Buffer.concat(expected.map(framed))
        const frames = decode(cut(stream, chunkSizes))
        expect(frames.map((frame) => Uint8Array.from(frame))).toEqual(expected)
      }),
    )
  })

  it('gives each frame memory that later chunks do not overwrite', () => {
    const chunk = Buffer.concat([framed(Buffer.from('first')), framed(Buffer.from('second'))])
    const frames = decode([chunk])
    chunk.fill(0)
    expect(frames.map(String)).toEqual(['first', 'second'])
  })

  it('uses the memory of a recycled frame for the next one that fits', () => {
    const frames: Buffer[] = []
    const decoder = new FrameDecoder(1e6, (frame) => frames.push(frame))
    for (const size of [50_000, 40_000, 60_000]) {
      decoder.push(framed(Buffer.alloc(size, size % 251)))
      const frame = frames.at(-1)!
      expect([frame.length, frame[0], frame.at(-1)]).toEqual([size, size % 251, size % 251])
      decoder.recycle(frame)
    }
    expect(frames[1]!.buffer).toBe(frames[0]!.buffer)
    expect(frames[2]!.buffer).not.toBe(frames[0]!.buffer)
    decoder.push(framed(Buffer.from('small')))
    expect(frames[3]!.buffer).not.toBe(frames[2]!.buffer)
  })

  it('accepts a frame of the largest size', () => {
    expect(decode([framed(Buffer.alloc(100))], 100)).toHaveLength(1)
  })

  it.each([
    ['over the limit', 101],
    ['empty', 0],
    ['negative', -1],
    ['most negative', -(2 ** 31)],
  ])('refuses a frame that is %s, however its size is divided', (_, size) => {
    const stream = Buffer.alloc(4)
    stream.writeInt32BE(size)
    for (const chunkSize of [1, 2, 3, 4]) {
      expect(() => decode(cut(stream, [chunkSize]), 100)).toThrow(InvalidFrameError)
    }
  })

  it('returns the frames before an invalid one', () => {
    const frames: string[] = []
    const decoder = new FrameDecoder(100, (frame) => frames.push(String(frame)))
    expect(() =>
      decoder.push(Buffer.concat([framed(Buffer.from('good')), Buffer.alloc(4)])),
    ).toThrow('0 as the size of a request')
    expect(frames).toEqual(['good'])
  })
})
