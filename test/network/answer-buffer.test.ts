import { describe, expect, test } from 'vitest'
import { AnswerBuffer } from '../../src/network/answer-buffer.ts'

describe('the answer buffer', () => {
  test('gives the same memory to one answer after the other', () => {
    const buffer = new AnswerBuffer()
    const first = buffer.take(1000)
    buffer.reset()
    expect(buffer.take(1000).buffer).toBe(first.buffer)
  })

  test('never gives the same bytes twice within an answer, also when it grows', () => {
    const buffer = new AnswerBuffer()
    const parts = [10, 70_000, 300, 500_000, 3_000_000, 20].map((size, index) =>
      buffer.take(size).fill(index),
    )
    for (const [index, part] of parts.entries())
      expect(part.every((byte) => byte === index)).toBe(true)
  })

  test('leaves an answer alone that is still being sent', () => {
    const buffer = new AnswerBuffer()
    const sending = buffer.take(1000).fill(1)
    buffer.abandon()
    buffer.take(1000).fill(2)
    expect(sending.every((byte) => byte === 1)).toBe(true)
  })
})
