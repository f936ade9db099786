import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineBuffer } from '../../src/dump/line-buffer.ts'

const taken = (lines: LineBuffer): string => Buffer.from(lines.take()).toString()

test('integers have the same digits as in JavaScript', () => {
  const lines = new LineBuffer()
  const special = [0, -1, 9, 10, 999_999_999, 1e9, 1e9 + 1, 2 ** 31, 2 ** 53 - 1, -(2 ** 53) + 1]
  for (const value of special) {
    lines.number(value)
    expect(taken(lines)).toBe(String(value))
  }
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      lines.number(value)
      expect(taken(lines)).toBe(String(value))
    }),
  )
})

test('written bytes are returned once, however many', () => {
  const lines = new LineBuffer()
  const long = 'é€😀'.repeat(100_000)
  lines.ascii('a ')
  lines.text(long)
  lines.raw(Buffer.from(' b'))
  lines.flag(true)
  lines.flag(false)
  expect(lines.length).toBe(Buffer.byteLength(long) + 4 + 9)
  expect(taken(lines)).toBe(`a ${long} btruefalse`)
  expect(lines.length).toBe(0)
  lines.ascii('next')
  expect(taken(lines)).toBe('next')
})

test('bytes are accepted only if they need no conversion', () => {
  const lines = new LineBuffer()
  expect(lines.utf8(Buffer.from([0xc3]))).toBe(false)
  expect(lines.plainJson(Buffer.from('a"b'))).toBe(false)
  expect(lines.plainJson(Buffer.from('a\\'))).toBe(false)
  expect(lines.plainJson(Buffer.from('a\n'))).toBe(false)
  expect(lines.plainJson(Buffer.from('é'))).toBe(false)
  expect(lines.length).toBe(0)
  expect(lines.utf8(Buffer.from('é '))).toBe(true)
  expect(lines.plainJson(Buffer.from("a~ '"))).toBe(true)
  expect(taken(lines)).toBe("é a~ '")
})
