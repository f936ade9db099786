import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Assignor, MemberSubscription } from '../../../src/client/group/assignors/assignor.ts'
import { cooperativeStickyAssignor } from '../../../src/client/group/assignors/cooperative-sticky.ts'
import { rangeAssignor } from '../../../src/client/group/assignors/range.ts'
import { roundRobinAssignor } from '../../../src/client/group/assignors/round-robin.ts'
import { nameOf, type TopicPartition } from '../../../src/client/topic-partition.ts'

function member(
  memberId: string,
  topics: readonly string[],
  more: Partial<MemberSubscription> = {},
): MemberSubscription {
  return { memberId, topics, groupInstanceId: null, ownedPartitions: [], generationId: -1, ...more }
}

/** The names of the partitions of each member. */
function assign(
  assignor: Assignor,
  members: readonly MemberSubscription[],
  counts: Readonly<Record<string, number>>,
): Record<string, string[]> {
  const assignments = assignor.assign(members, new Map(Object.entries(counts)))
  return Object.fromEntries(
    Array.from(assignments, ([memberId, partitions]) => [memberId, partitions.map(nameOf)]),
  )
}

describe('the range assignor', () => {
  it('gives the first members one partition more where it does not come out even', () => {
    const members = ['b', 'a', 'c'].map((id) => member(id, ['orders']))
    expect(assign(rangeAssignor, members, { orders: 7 })).toEqual({
      a: ['orders-0', 'orders-1', 'orders-2'],
      b: ['orders-3', 'orders-4'],
      c: ['orders-5', 'orders-6'],
    })
  })

  it('assigns a topic to those who subscribe to it', () => {
    const members = [member('a', ['orders', 'audit']), member('b', ['audit'])]
    expect(assign(rangeAssignor, members, { orders: 2, audit: 2 })).toEqual({
      a: ['audit-0', 'orders-0', 'orders-1'],
      b: ['audit-1'],
    })
  })

  it('leaves members without partitions where there are too few', () => {
    const members = [member('a', ['orders']), member('b', ['orders'])]
    expect(assign(rangeAssignor, members, { orders: 1 })).toEqual({ a: ['orders-0'], b: [] })
  })

  it('puts static members first, in the order of their instance ids', () => {
    const members = [
      member('a', ['orders']),
      member('y', ['orders'], { groupInstanceId: '1' }),
      member('x', ['orders'], { groupInstanceId: '2' }),
    ]
    expect(assign(rangeAssignor, members, { orders: 3 })).toEqual({
      a: ['orders-2'],
      x: ['orders-1'],
      y: ['orders-0'],
    })
  })
})

describe('the round-robin assignor', () => {
  it('deals the partitions of all topics out in turn', () => {
    const members = [member('a', ['t0', 't1']), member('b', ['t0', 't1'])]
    expect(assign(roundRobinAssignor, members, { t1: 3, t0: 3 })).toEqual({
      a: ['t0-0', 't0-2', 't1-1'],
      b: ['t0-1', 't1-0', 't1-2'],
    })
  })

  it('passes over members that do not subscribe, as in the example of its documentation', () => {
    const members = [
      member('c0', ['t0']),
      member('c1', ['t0', 't1']),
      member('c2', ['t0', 't1', 't2']),
    ]
    expect(assign(roundRobinAssignor, members, { t0: 1, t1: 2, t2: 3 })).toEqual({
      c0: ['t0-0'],
      c1: ['t1-0'],
      c2: ['t1-1', 't2-0', 't2-1', 't2-2'],
    })
  })
})

describe('the cooperative sticky assignor', () => {
  const own = (...partitions: number[]): TopicPartition[] =>
    partitions.map((partition) => ({ topic: 'orders', partition }))

  it('holds back a partition that another member has to give up first', () => {
    const owner = member('a', ['orders'], { ownedPartitions: own(0, 1, 2, 3), generationId: 4 })
    const before = assign(cooperativeStickyAssignor, [owner, member('b', ['orders'])], {
      orders: 4,
    })
    expect(before['a']).toHaveLength(2)
    expect(before['b']).toEqual([])
  })

  it('believes the owner of the latest generation, and nobody of the same', () => {
    const late = member('a', ['orders'], { ownedPartitions: own(0), generationId: 5 })
    const early = member('b', ['orders'], { ownedPartitions: own(0, 1), generationId: 4 })
    expect(assign(cooperativeStickyAssignor, [late, early], { orders: 2 })).toEqual({
      a: ['orders-0'],
      b: ['orders-1'],
    })
  })

  const counts = fc.record({
    t0: fc.integer({ min: 1, max: 12 }),
    t1: fc.integer({ min: 1, max: 12 }),
    t2: fc.integer({ min: 1, max: 12 }),
  })
  const subscriptions = fc.array(fc.subarray(['t0', 't1', 't2'], { minLength: 1 }), {
    minLength: 1,
    maxLength: 8,
  })

  /**
   * Rebalances until nothing moves, as a group does. Returns the number of rounds and the
   * assignment.
   */
  function settle(
    topics: readonly (readonly string[])[],
    partitionCounts: Readonly<Record<string, number>>,
    owned: ReadonlyMap<string, TopicPartition[]> = new Map(),
  ) {
    let assignment = owned
    for (let round = 1; ; round++) {
      const members = topics.map((each, i) =>
        member(`m${i}`, each, {
          ownedPartitions: assignment.get(`m${i}`) ?? [],
          generationId: round,
        }),
      )
      const next = cooperativeStickyAssignor.assign(
        members,
        new Map(Object.entries(partitionCounts)),
      )
      const isSame = topics.every((_, i) => {
        const [a, b] = [assignment.get(`m${i}`) ?? [], next.get(`m${i}`)!]
        return (
          a.length === b.length &&
          a.every((one) => b.some((other) => nameOf(one) === nameOf(other)))
        )
      })
      assignment = next
      if (isSame) return { round, assignment }
      if (round > 5) throw new Error('the group does not settle')
    }
  }

  it('settles with every partition owned once by a subscriber, evenly', () => {
    fc.assert(
      fc.property(subscriptions, counts, (topics, partitionCounts) => {
        const { assignment } = settle(topics, partitionCounts)
        const subscribed = new Set(topics.flat())
        const all = [...assignment.values()].flat().map(nameOf)
        const expected = Object.entries(partitionCounts)
          .filter(([topic]) => subscribed.has(topic))
          .reduce((sum, [, count]) => sum + count, 0)
        expect(new Set(all).size).toBe(expected)
        expect(all).toHaveLength(expected)
        topics.forEach((mine, i) => {
          for (const { topic } of assignment.get(`m${i}`)!) {
            expect(mine).toContain(topic)
            topics.forEach((theirs, j) => {
              const [more, fewer] = [assignment.get(`m${i}`)!, assignment.get(`m${j}`)!]
              if (theirs.includes(topic)) expect(more.length - fewer.length).toBeLessThan(2)
            })
          }
        })
      }),
    )
  })

  it('moves nothing of those that stay when a member leaves, and no more than needed when one comes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), counts, (size, partitionCounts) => {
        const everything = ['t0', 't1', 't2']
        const { assignment } = settle(
          Array.from({ length: size }, () => everything),
          partitionCounts,
        )
        const left = settle(
          Array.from({ length: size - 1 }, () => everything),
          partitionCounts,
          assignment,
        )
        for (let i = 0; i < size - 1; i++) {
          const after = new Set(left.assignment.get(`m${i}`)!.map(nameOf))
          for (const kept of assignment.get(`m${i}`)!) expect(after).toContain(nameOf(kept))
        }
        const come = settle(
          Array.from({ length: size + 1 }, () => everything),
          partitionCounts,
          assignment,
        )
        const moved = come.assignment.get(`m${size}`)!.length
        for (let i = 0; i < size; i++) {
          const before = new Set(assignment.get(`m${i}`)!.map(nameOf))
          for (const partition of come.assignment.get(`m${i}`)!)
            expect(before).toContain(nameOf(partition))
        }
        const total = [...assignment.values()].flat().length
        expect(moved).toBeLessThanOrEqual(Math.ceil(total / (size + 1)))
      }),
    )
  })
})
