import { expect, test } from 'vitest'
import { closestName } from '../../src/cluster/closest-name.ts'

test.each([
  ['num.partition', 'num.partitions'],
  ['NUM_PARTITIONS', 'num.partitions'],
  ['numPartitions', 'num.partitions'],
  ['nm.partitons', 'num.partitions'],
  ['my.partitions', undefined],
  ['configs', 'config'],
  ['conf', undefined],
  ['', undefined],
])('%j is near %j', (name, closest) => {
  expect(closestName(name, ['num.partitions', 'config', 'host'])).toBe(closest)
})
