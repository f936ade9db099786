import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_KEYS_TOGETHER, OffsetMap } from '../../../src/log/cleaner/offset-map.ts'
import { scaled } from '../../support/scale.ts'

const ENTRY_BYTES = 24

function prepare(map: OffsetMap, key: string): number {
  const bytes = Buffer.from(`..${key}..`)
  return map.prepare(bytes, 2, bytes.length - 2)
}

function put(map: OffsetMap, key: string, offset: number): void {
  const number = prepare(map, key)
  map.fetch()
  map.put(number, offset)
}

function get(map: OffsetMap, key: string): number {
  const number = prepare(map, key)
  map.fetch()
  return map.get(number)
}

describe('OffsetMap', () => {
  test('contains the last offset of each key, like a Map', () => {
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
      { numRuns: scaled(50) },
    )
  })

  test('fills every slot of its memory and accepts no further key', () => {
    const map = new OffsetMap(3000 * ENTRY_BYTES + 23)
    expect(map.slots).toBe(3000)
    for (let key = 0; key < 3000; key++) put(map, `key ${key}`, key)
    expect(map.utilization).toBe(1)
    put(map, 'key 7', 5000)
    expect(() => put(map, 'one more', 5001)).toThrow(RangeError)
    for (let key = 8; key < 3000; key++) expect(get(map, `key ${key}`)).toBe(key)
    expect([get(map, 'key 7'), get(map, 'one more')]).toEqual([5000, -1])
  })

  test('returns the offset up to which the log was read', () => {
    const map = new OffsetMap(1000)
    expect([map.latestOffset, get(map, 'a')]).toEqual([-1, -1])
    put(map, 'a', 0)
    expect([map.latestOffset, get(map, 'a')]).toEqual([0, 0])
    map.updateLatestOffset(10)
    expect([map.latestOffset, get(map, 'a')]).toEqual([10, 0])
  })

  test('looks up many keys together', () => {
    const map = new OffsetMap(5000 * ENTRY_BYTES)
    for (let round = 0; round < 20; round++) {
      const keys = Array.from({ length: MAX_KEYS_TOGETHER }, (_, key) => `${key % 50} ${round}`)
      expect(keys.map((key) => prepare(map, key))).toEqual([...keys.keys()])
      expect(map.fetch()).toBe(MAX_KEYS_TOGETHER)
      for (const key of keys.keys()) map.put(key, 1000 * round + key)
    }
    expect(map.size).toBe(50 * 20)
    for (let key = 0; key < 50; key++) {
      const last = key + 50 * Math.floor((MAX_KEYS_TOGETHER - 1 - key) / 50)
      expect(get(map, `${key} 7`)).toBe(7000 + last)
    }
  })

  test('starts small and never uses more than its limit', () => {
    expect(new OffsetMap(2 ** 40).slots).toBe(Math.floor((2 ** 31 - 1) / ENTRY_BYTES))
    expect(new OffsetMap(0).slots).toBe(0)
  })
})
