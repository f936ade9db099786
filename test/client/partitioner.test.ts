import { describe, expect, it } from 'vitest'
import { murmur2, partitionForKey } from '../../src/client/partitioner.ts'

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
})
