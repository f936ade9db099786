import { describe, expect, test } from 'vitest'
import {
  changedHashMapOrder,
  inHashMapOrder,
  inTimelineHashMapOrder,
  javaLongHash,
  javaStringHash,
  timelineSlotCount,
} from '../../src/platform/java-hash-map.ts'

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

/** Recorded from Java. */
test('a copied HashMap is small, and a key that compute adds is the first of its bucket', () => {
  const order = (copied: readonly string[], removed?: string, set?: string) =>
    changedHashMapOrder(copied, removed, set, javaStringHash)
  expect(order(['uniform'], undefined, 'range')).toEqual(['range', 'uniform'])
  expect(order(['range'], undefined, 'uniform')).toEqual(['uniform', 'range'])
  expect(order(['uniform', 'range'])).toEqual(['uniform', 'range'])
  expect(order(['uniform', 'range'], 'range', 'range')).toEqual(['range', 'uniform'])
})

/** Recorded from Kafka's class. */
test('a TimelineHashMap may grow when a key is replaced, which changes its order', () => {
  const order = (slotCount: number) =>
    inTimelineHashMapOrder(['m001-id', 'm000-id'], javaStringHash, slotCount)
  expect(order(timelineSlotCount(2, 1))).toEqual(['m000-id', 'm001-id'])
  expect(order(timelineSlotCount(2, 2))).toEqual(['m001-id', 'm000-id'])
})
