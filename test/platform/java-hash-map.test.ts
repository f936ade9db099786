import { describe, expect, test } from 'vitest'
import { inHashMapOrder, javaLongHash, javaStringHash } from '../../src/platform/java-hash-map.ts'

const order = (ids: readonly number[]) => inHashMapOrder(ids, javaLongHash)

/** Recorded from snapshots that a real broker built from the batches of these producers. */
describe('producers in a snapshot have the order of a Java HashMap', () => {
  test('of adjacent ids', () => {
    const ids = [7001, 7003, 7000, 9, 7004, 7002]
    expect(order(ids)).toEqual([7000, 7001, 9, 7002, 7003, 7004])
  })

  test('of ids that need 64 bits', () => {
    const ids = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? i * 1009 : i * 2 ** 33 + i))
    expect(order(ids).slice(0, 16)).toEqual([
      0, 34306, 8589934593, 25769803779, 68612, 102918, 171530, 60129542151, 137224, 42949672965,
      128849018895, 111669149709, 77309411337, 94489280523, 32288, 266287972383,
    ])
  })

  test('of none and one', () => {
    expect(order([])).toEqual([])
    expect(order([2 ** 53 - 1])).toEqual([2 ** 53 - 1])
  })
})

test('strings have the order of a Java HashMap', () => {
  const features = [
    'metadata.version',
    'eligible.leader.replicas.version',
    'group.version',
    'share.version',
    'streams.version',
    'transaction.version',
  ]
  expect(inHashMapOrder(features, javaStringHash)).toEqual([
    'group.version',
    'metadata.version',
    'share.version',
    'streams.version',
    'transaction.version',
    'eligible.leader.replicas.version',
  ])
})
