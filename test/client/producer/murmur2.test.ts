import { describe, expect, it } from 'vitest'
import { murmur2, partitionForKey } from '../../../src/client/producer/murmur2.ts'
import { StickyPartitioner } from '../../../src/client/producer/sticky-partitioner.ts'
import { SeededRandom } from '../../../src/platform/random.ts'

describe('the partitioner', () => {
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client does', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash)
  })

  it('finds a partition for every key', () => {
    for (const key of ['', 'a', 'ab', 'abc', 'foobar']) {
      const partition = partitionForKey(Buffer.from(key), 7)
      expect(partition).toBeGreaterThanOrEqual(0)
      expect(partition).toBeLessThan(7)
    }
  })

  it('stays with one partition until a batch is full, and uses those that have a leader', () => {
    const partitioner = new StickyPartitioner(new SeededRandom(7), 1_000)
    const chosen = Array.from({ length: 400 }, () =>
      partitioner.partition('orders', null, 100, 6, [1, 3, 5]),
    )
    for (let start = 0; start < chosen.length; start += 10)
      expect(new Set(chosen.slice(start, start + 10)).size).toBe(1)
    expect(new Set(chosen)).toEqual(new Set([1, 3, 5]))
  })
})
