import { describe, expect, it } from 'vitest'
import { jsonLine, recordFormatter } from '../../src/cli/record-format.ts'
import type { ConsumedRecord } from '../../src/cli/record-format.ts'
import { TimestampType } from '../../src/record/timestamp-type.ts'

const record: ConsumedRecord = {
  topic: 'orders',
  partition: 2,
  offset: 42,
  timestamp: 1767225600000,
  timestampType: TimestampType.CreateTime,
  key: Buffer.from('key'),
  value: Buffer.from('välue'),
  headers: [
    { key: 'a', value: Buffer.from('1') },
    { key: 'b', value: null },
  ],
}
const tombstone: ConsumedRecord = { ...record, key: null, value: null, headers: [] }

describe('a record format', () => {
  it("knows kcat's tokens", () => {
    const format = recordFormatter('%t [%p] at %o (%T): %k/%K=%s/%S %h 100%%\\n\\x21')
    expect(String(format(record))).toBe(
      'orders [2] at 42 (1767225600000): key/3=välue/6 a=1,b=NULL 100%\n!',
    )
  })

  it('prints nothing for null, and -1 for its size', () => {
    expect(String(recordFormatter('<%k|%s|%K|%S|%h>')(tombstone))).toBe('<||-1|-1|>')
  })

  it('keeps the bytes of a value', () => {
    const value = Buffer.from([0xff, 0x00, 0xfe])
    expect(recordFormatter('%s')({ ...record, value })).toEqual(value)
  })

  it.each(['%x', '100%'])("refuses '%s', which has an unknown token", (format) => {
    expect(() => recordFormatter(format)).toThrow(/unknown token .* use one of %s/)
  })
})

describe('a record as JSON', () => {
  it('is one line with the names of kcat', () => {
    const line = String(jsonLine(record))
    expect(line.endsWith('\n')).toBe(true)
    expect(JSON.parse(line)).toEqual({
      topic: 'orders',
      partition: 2,
      offset: 42,
      tstype: 'create',
      ts: 1767225600000,
      headers: ['a', '1', 'b', null],
      key: 'key',
      payload: 'välue',
    })
  })

  it('distinguishes null from empty', () => {
    expect(JSON.parse(String(jsonLine(tombstone)))).toMatchObject({ key: null, payload: null })
    const empty = { ...record, key: Buffer.alloc(0), value: Buffer.alloc(0) }
    expect(JSON.parse(String(jsonLine(empty)))).toMatchObject({ key: '', payload: '' })
  })
})
