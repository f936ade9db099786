import { expect, test } from 'vitest'
import { RecordCursor } from '../../src/record/record-cursor.ts'

test.each([
  ['negative', [0x81, 0x00]],
  ['too large', [0x80, 0x7f]],
  ['zero', [0x80, 0x00]],
])(
  'records that end within the size of a record end there, even if the bytes after them make it %s',
  (_, bytes) => {
    const cursor = new RecordCursor(Uint8Array.from(bytes), 0, 1)
    cursor.maxBodySize = 100
    expect(() => cursor.next()).toThrow('Records end within the size of one')
    expect(cursor.isPastEnd).toBe(true)
    cursor.reset(Uint8Array.from(bytes), 0, 1)
    expect(() => cursor.nextByParts()).toThrow('Records end within the size of one')
    expect(cursor.isPastEnd).toBe(true)
  },
)
