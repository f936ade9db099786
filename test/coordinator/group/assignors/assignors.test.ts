import { describe, expect, test } from 'vitest'
import { rangeAssignor } from '../../../../src/coordinator/group/consumer/assignors/range.ts'
import { uniformAssignor } from '../../../../src/coordinator/group/consumer/assignors/uniform.ts'
import { scaled } from '../../../support/scale.ts'
import { assignors, comparedAssignors, randomGroup } from './assignors.ts'
import { type GroupCase, inputOf, type TargetCase, targetCaseOf } from './group-case.ts'
import { recordedCases } from './recorded-cases.ts'

test.each(Object.keys(comparedAssignors))(
  "the %s assignor gives each member the same as Kafka's class",
  (name) => {
    const { assign } = comparedAssignors[name]!
    for (const { group, target } of recordedCases(name)) expect(assign(group)).toEqual(target)
  },
)

describe.each(Object.keys(assignors))('the %s assignor', (name) => {
  const assign = (group: GroupCase) => targetCaseOf(assignors[name]!(inputOf(group)))

  test('assigns nothing to a group without members', () => {
    expect(assign({ members: [], isHomogeneous: true, partitionCounts: {} })).toEqual({})
  })

  test('gives members without topics an empty assignment', () => {
    for (const isHomogeneous of [true, false]) {
      const members = [{ memberId: 'a', topicIds: [], assigned: {} }]
      expect(assign({ members, isHomogeneous, partitionCounts: {} })).toEqual({ a: {} })
    }
  })

  test('changes nothing when the group has not changed', () => {
    eachGroup((group, seed) => {
      const target = assign(group)
      const members = group.members.map((each) => ({ ...each, assigned: target[each.memberId]! }))
      expect(assign({ ...group, members }), `seed ${seed}`).toEqual(target)
    })
  })
})

describe.each([
  ['uniform', uniformAssignor],
  ['range', rangeAssignor],
])('in each assignment of the %s assignor', (_name, assignor) => {
  test('each partition of a subscribed topic belongs to exactly one member, which subscribes to it', () => {
    eachGroup((group, seed) => {
      const target = targetCaseOf(assignor(inputOf(group)))
      const subscribed = new Set(group.members.flatMap(({ topicIds }) => topicIds))
      const expected = [...subscribed].flatMap((topicId) =>
        Array.from({ length: group.partitionCounts[topicId]! }, (_, i) => `${topicId}-${i}`),
      )
      expect(owned(target).toSorted(), `seed ${seed}`).toEqual(expected.toSorted())
      for (const { memberId, topicIds } of group.members) {
        expect(topicIds).toEqual(expect.arrayContaining(Object.keys(target[memberId]!)))
      }
    })
  })
})

test('the uniform assignor spreads one subscription evenly, and moves no more than it must', () => {
  eachGroup((group, seed) => {
    if (!group.isHomogeneous) return
    const target = targetCaseOf(uniformAssignor(inputOf(group)))
    const sizes = Object.values(target).map((partitions) => sizeOf(partitions))
    expect(Math.max(...sizes) - Math.min(...sizes), `seed ${seed}`).toBeLessThanOrEqual(1)
    const largest = Math.max(...sizes)
    for (const { memberId, topicIds, assigned } of group.members) {
      const before = topicIds.flatMap((topicId) => namesOf(topicId, assigned[topicId] ?? []))
      const now = new Set(owned({ [memberId]: target[memberId]! }))
      const lost = before.filter((name) => !now.has(name)).length
      expect(lost, `seed ${seed}`).toBeLessThanOrEqual(Math.max(0, before.length - largest + 1))
    }
  })
})

test('200 members and 1,000 partitions take milliseconds', () => {
  const topicIds = ['7SSUgk9hR7iJXTBM2FJXVg']
  const group = {
    members: Array.from({ length: 200 }, (_, i) => ({
      memberId: `member-${i}`,
      topicIds,
      assigned: {},
    })),
    isHomogeneous: true,
    partitionCounts: { [topicIds[0]!]: 1000 },
  }
  for (const assignor of Object.values(assignors)) {
    const input = inputOf(group)
    const startedMs = performance.now()
    const target = assignor(input)
    // It takes about one millisecond. The limit leaves room for a busy machine.
    expect(performance.now() - startedMs).toBeLessThan(500)
    for (const assigned of target.values()) expect(assigned.get(topicIds[0]!)).toHaveLength(5)
  }
})

/** Calls back with the input of each assignment of some random groups. */
function eachGroup(check: (group: GroupCase, seed: number) => void): void {
  for (let seed = 0; seed < scaled(60); seed++) {
    const history = randomGroup(seed)
    for (let i = 0; i < 6; i++) {
      const group = history.next()
      check(group, seed)
      history.adopt(targetCaseOf(uniformAssignor(inputOf(group))))
    }
  }
}

function owned(target: TargetCase): string[] {
  return Object.values(target).flatMap((partitions) =>
    Object.entries(partitions).flatMap(([topicId, all]) => namesOf(topicId, all)),
  )
}

function namesOf(topicId: string, partitions: readonly number[]): string[] {
  return partitions.map((partition) => `${topicId}-${partition}`)
}

function sizeOf(partitions: Readonly<Record<string, readonly number[]>>): number {
  return Object.values(partitions).reduce((sum, all) => sum + all.length, 0)
}
