import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OffsetMap } from '../../../src/log/cleaner/offset-map.ts'

const ENTRY_BYTES = 24

function put(map: OffsetMap, key: string, offset: number): void {
  const bytes = Buffer.from(key)
  map.put(bytes, 0, bytes.length, offset)
}

function get(map: OffsetMap, key: string): number {
  const bytes = Buffer.from(key)
  return map.get(bytes, 0, bytes.length)
}

describe('OffsetMap', () => {
  test('holds the last offset of any keys, as a Map does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 40 }), { maxLength: 3000 }),
        fc.nat(),
        (keys, seed) => {
          const map = new OffsetMap(5000 * ENTRY_BYTES, seed)
          const model = new Map<string, number>()
          for (const [offset, key] of keys.entries()) {
            put(map, key, offset * 1e6)
            model.set(key, offset * 1e6)
          }
          for (const [key, offset] of model) expect(get(map, key)).toBe(offset)
          expect(map.size).toBe(model.size)
          expect(get(map, 'a key that is longer than any of the others is')).toBe(-1)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('fills every slot of its memory and takes no further key', () => {
    const map = new OffsetMap(3000 * ENTRY_BYTES + 23)
    expect(map.slots).toBe(3000)
    for (let key = 0; key < 3000; key++) put(map, `key ${key}`, key)
    expect(map.utilization).toBe(1)
    put(map, 'key 7', 5000)
    expect(() => put(map, 'one more', 5001)).toThrow(RangeError)
    for (let key = 8; key < 3000; key++) expect(get(map, `key ${key}`)).toBe(key)
    expect([get(map, 'key 7'), get(map, 'one more')]).toEqual([5000, -1])
  })

  test('says up to where the log was looked at', () => {
    const map = new OffsetMap(1000)
    expect([map.latestOffset, get(map, 'a')]).toEqual([-1, -1])
    put(map, 'a', 0)
    expect([map.latestOffset, get(map, 'a')]).toEqual([0, 0])
    map.updateLatestOffset(10)
    expect([map.latestOffset, get(map, 'a')]).toEqual([10, 0])
  })

  test('begins small and never takes more than it may', () => {
    expect(new OffsetMap(2 ** 40).slots).toBe(Math.floor((2 ** 31 - 1) / ENTRY_BYTES))
    expect(new OffsetMap(0).slots).toBe(0)
  })
})
