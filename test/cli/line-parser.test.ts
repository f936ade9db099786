import { describe, expect, it } from 'vitest'
import { parseLine } from '../../src/cli/line-parser.ts'
import type { LineFormat } from '../../src/cli/line-parser.ts'

const plain: LineFormat = {
  keySeparator: undefined,
  hasHeaders: false,
  isNullEmpty: false,
  key: null,
  headers: [],
}

function parse(line: string, format: Partial<LineFormat> = {}) {
  const { key, value, headers } = parseLine(Buffer.from(line), { ...plain, ...format })
  return [
    key && String(key),
    value && String(value),
    headers.map((header) => `${header.key}=${String(header.value)}`),
  ]
}

describe('a line to produce', () => {
  it('is a value', () => {
    expect(parse('a:b')).toEqual([null, 'a:b', []])
  })

  it('is split into key and value at the first separator', () => {
    expect(parse('a::b::c', { keySeparator: '::' })).toEqual(['a', 'b::c', []])
  })

  it('is only a value without the separator', () => {
    expect(parse('a', { keySeparator: ':' })).toEqual([null, 'a', []])
    expect(parse('a', { keySeparator: ':', key: Buffer.from('k') })).toEqual(['k', 'a', []])
  })

  it('has an empty value, or a tombstone if requested', () => {
    expect(parse('k:', { keySeparator: ':' })).toEqual(['k', '', []])
    expect(parse('k:', { keySeparator: ':', isNullEmpty: true })).toEqual(['k', null, []])
    expect(parse(':v', { keySeparator: ':', isNullEmpty: true })).toEqual([null, 'v', []])
  })

  it('keeps the bytes of the key and the value', () => {
    const bytes = Buffer.from([0xff, 0x3a, 0xfe])
    const { key, value } = parseLine(bytes, { ...plain, keySeparator: ':' })
    expect([key, value]).toEqual([Buffer.from([0xff]), Buffer.from([0xfe])])
  })

  it('may start with headers and a tab', () => {
    const headers = [{ key: 'all', value: Buffer.from('1') }]
    const format = { hasHeaders: true, keySeparator: ':', headers }
    expect(parse('a:1,b:x:y\tk:v', format)).toEqual(['k', 'v', ['all=1', 'a=1', 'b=x:y']])
    expect(parse('\tk:v', format)).toEqual(['k', 'v', ['all=1']])
  })

  it('is refused without the expected headers', () => {
    expect(() => parse('k:v', { hasHeaders: true })).toThrow("no headers in the line 'k:v'")
    expect(() => parse('a=1\tv', { hasHeaders: true })).toThrow(
      "invalid header 'a=1': write name:value",
    )
  })
})
