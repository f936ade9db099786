import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BrokerRegistration } from '../../../src/controller/metadata-image.ts'
import { ReplicaPlacement } from '../../../src/controller/partitions/placement.ts'
import { SeededRandom, type Random } from '../../../src/platform/random.ts'
import { readJsonLines } from '../../support/json-lines.ts'

function broker(id: number, rack: string | null = null, fenced = false): BrokerRegistration {
  return {
    id,
    epoch: 0,
    incarnationId: '',
    endpoints: [],
    features: new Map(),
    rack,
    fenced,
    inControlledShutdown: false,
    logDirs: [],
    cordonedLogDirs: [],
  }
}

/**
 * A call of Kafka's `StripedReplicaPlacer`, whose `Random` always returned the same number, modulo
 * the bound.
 */
interface RecordedPlacement {
  readonly brokers: [id: number, rack: string | null, fenced: boolean][]
  readonly random: number
  readonly replicationFactor: number
  readonly assignments: number[][]
}

const clusters = fc.record({
  seed: fc.integer(),
  racks: fc.array(fc.record({ rack: fc.constantFrom(null, 'a', 'b', 'c'), fenced: fc.boolean() }), {
    minLength: 1,
    maxLength: 9,
  }),
  replicationFactor: fc.integer({ min: 1, max: 9 }),
})

describe('replica placement', () => {
  it('gives every partition the requested number of distinct brokers, with an active leader', () => {
    fc.assert(
      fc.property(clusters, ({ seed, racks, replicationFactor }) => {
        const brokers = racks.map(({ rack, fenced }, index) => broker(index + 1, rack, fenced))
        const placement = new ReplicaPlacement(brokers, new SeededRandom(seed))
        const complaint = placement.complaint(replicationFactor)
        const hasEnough = brokers.length >= replicationFactor && brokers.some((b) => !b.fenced)
        expect(complaint === undefined).toBe(hasEnough)
        if (complaint !== undefined) return
        for (let partition = 0; partition < 20; partition++) {
          const replicas = placement.place(replicationFactor)
          expect(new Set(replicas).size).toBe(replicationFactor)
          expect(brokers.find(({ id }) => id === replicas[0])!.fenced).toBe(false)
        }
      }),
    )
  })

  it("equals Kafka's for the same random numbers", () => {
    const file = new URL('../golden/placements-4.4.0.jsonl', import.meta.url)
    for (const recorded of readJsonLines<RecordedPlacement>(file)) {
      const random: Random = {
        bytes: () => new Uint8Array(0),
        int: (bound) => recorded.random % bound,
      }
      const brokers = recorded.brokers.map((each) => broker(...each))
      const placement = new ReplicaPlacement(brokers, random)
      const placed = recorded.assignments.map(() => placement.place(recorded.replicationFactor))
      expect(placed, JSON.stringify(recorded)).toEqual(recorded.assignments)
    }
  })

  it('lets every broker lead before one leads twice', () => {
    const placement = new ReplicaPlacement(
      [1, 2, 3].map((id) => broker(id)),
      new SeededRandom(3),
    )
    for (let round = 0; round < 4; round++) {
      const leaders = [0, 1, 2].map(() => placement.place(1)[0])
      expect(leaders.sort()).toEqual([1, 2, 3])
    }
  })

  it('puts the replicas of a partition on different racks while there are enough', () => {
    const brokers = [broker(1, 'a'), broker(2, 'a'), broker(3, 'b'), broker(4, 'b'), broker(5, 'c')]
    const rackOf = new Map(brokers.map(({ id, rack }) => [id, rack]))
    const placement = new ReplicaPlacement(brokers, new SeededRandom(11))
    for (let partition = 0; partition < 30; partition++) {
      const replicas = placement.place(3)
      expect(new Set(replicas.map((id) => rackOf.get(id))).size).toBe(3)
    }
  })

  it("refuses more replicas than brokers, with Kafka's message", () => {
    const placement = new ReplicaPlacement([broker(1)], new SeededRandom(1))
    expect(placement.complaint(3)).toBe(
      'Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.',
    )
  })
})
