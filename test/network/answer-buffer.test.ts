import { describe, expect, test } from 'vitest'
import { AnswerBuffer } from '../../src/network/answer-buffer.ts'

describe('the answer buffer', () => {
  test('gives the same memory to consecutive responses', () => {
    const buffer = new AnswerBuffer()
    const first = buffer.take(1000)!
    buffer.reset()
    expect(buffer.take(1000)!.buffer).toBe(first.buffer)
  })

  test('never gives the same bytes twice within a response, also when it grows', () => {
    const buffer = new AnswerBuffer()
    const parts = [10, 70_000, 300, 500_000, 1_000_000, 20].map((size, index) =>
      buffer.take(size)!.fill(index),
    )
    for (const [index, part] of parts.entries())
      expect(part.every((byte) => byte === index)).toBe(true)
  })

  test('does not overwrite a response that is still being sent', () => {
    const buffer = new AnswerBuffer()
    const sending = buffer.take(1000)!.fill(1)
    buffer.abandon()
    buffer.take(1000)!.fill(2)
    expect(sending.every((byte) => byte === 1)).toBe(true)
  })

  test('gives a response 2 MiB, and nothing more when that was not enough', () => {
    const buffer = new AnswerBuffer()
    expect(buffer.take(2 * 1024 * 1024 - 10)).toHaveLength(2 * 1024 * 1024 - 10)
    expect(buffer.take(11)).toBeUndefined()
    expect(buffer.take(1)).toBeUndefined()
    buffer.reset()
    expect(buffer.take(1)).toHaveLength(1)
  })

  test('reads the rest of a response into the same memory, at most 1 MiB at a time', () => {
    const buffer = new AnswerBuffer()
    const taken = buffer.take(1024 * 1024)!
    expect(buffer.take(9_000_000)).toBeUndefined()
    const piece = buffer.takePiece(9_000_000)
    expect(piece).toHaveLength(1024 * 1024)
    expect(piece.buffer).toBe(taken.buffer)
    expect(buffer.takePiece(5)).toHaveLength(5)
  })
})
