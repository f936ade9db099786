import type { PartitionRegistration } from '../../../src/controller/metadata-image.ts'
import { NO_LEADER } from '../../../src/controller/metadata-image.ts'
import type { Election } from '../../../src/controller/partitions/elect-leader.ts'
import {
  planChange,
  type PartitionChange,
  type WantedChange,
} from '../../../src/controller/partitions/partition-change.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { readJsonLines, writeJsonLines } from '../../support/json-lines.ts'

const file = new URL('../golden/partition-changes-4.4.0.jsonl', import.meta.url)

/** Ids of which some are in the same bucket of a Java hash set. */
const BROKERS = [0, 1, 2, 17, 33, 34]

/** A partition, what shall change of it, and what decides about the change. */
export interface PartitionChangeCase {
  readonly before: PartitionRegistration
  readonly wanted: WantedChange
  /** The brokers that can lead. */
  readonly active: readonly number[]
  readonly minInsyncReplicas: number
  readonly hasEligibleReplicas: boolean
}

/** Without a change if nothing changes. */
export interface PlannedChange {
  readonly change?: PartitionChange
}

export function plannedChange(given: PartitionChangeCase): PlannedChange {
  const { before, wanted, active, minInsyncReplicas, hasEligibleReplicas } = given
  const change = planChange(before, wanted, {
    isAcceptableLeader: (_, id) => active.includes(id),
    minInsyncReplicas,
    hasEligibleReplicas,
    defaultDirectory: (id) => directory(100 + id),
  })
  return change === undefined ? {} : { change }
}

/** A partition as it may become in a cluster, and a change that its controller may make. */
export function randomChange(seed: number): PartitionChangeCase {
  const random = new Choices(seed)
  const replicas = random.some(BROKERS, 1, 5)
  const isr = random.some(replicas, 0, replicas.length)
  const others = replicas.filter((id) => !isr.includes(id))
  const hasEligibleReplicas = random.int(4) > 0
  const elr = hasEligibleReplicas ? random.some(others, 0, others.length) : []
  const leader = isr.length === 0 || random.int(3) === 0 ? NO_LEADER : random.one(isr)
  const isMoving = random.int(3) === 0
  const addingReplicas = isMoving ? random.some(replicas, 0, replicas.length - 1) : []
  const rest = replicas.filter((id) => !addingReplicas.includes(id))
  const before = {
    partition: 0,
    replicas,
    directories: replicas.map(directory),
    isr,
    addingReplicas,
    removingReplicas: isMoving ? random.some(rest, 0, rest.length) : [],
    elr,
    lastKnownElr: leader === NO_LEADER ? random.some(replicas, 0, 2) : [],
    leader,
    leaderRecoveryState: random.int(2),
    leaderEpoch: 3,
    partitionEpoch: 7,
  }
  return {
    before,
    wanted: random.wanted(before),
    active: random.some(BROKERS, 1, BROKERS.length),
    minInsyncReplicas: 1 + random.int(3),
    hasEligibleReplicas,
  }
}

/** Returns the cases that `test/conformance/partition-changes.test.ts` records. */
export function recordedChanges(): { input: PartitionChangeCase; expected: PlannedChange }[] {
  return readJsonLines(file)
}

export function recordChanges(cases: readonly unknown[]): void {
  writeJsonLines(file, cases)
}

/** Kafka's `new Uuid(7, number)`. */
function directory(number: number): string {
  const bytes = Buffer.alloc(16)
  bytes.writeBigInt64BE(7n, 0)
  bytes.writeBigInt64BE(BigInt(number), 8)
  return bytes.toString('base64url')
}

class Choices {
  readonly #random: SeededRandom

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
  }

  int(bound: number): number {
    return this.#random.int(bound)
  }

  one<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!
  }

  /** Returns some of the items in random order. */
  some<T>(items: readonly T[], atLeast: number, atMost: number): T[] {
    const rest = [...items]
    const count = Math.min(rest.length, atLeast + this.int(atMost - atLeast + 1))
    return Array.from({ length: count }, () => rest.splice(this.int(rest.length), 1)[0]!)
  }

  wanted(before: PartitionRegistration): WantedChange {
    const { replicas, isr } = before
    const election = this.one<Election>(['preferred', 'online', 'unclean'])
    const gone = this.one(replicas)
    const without = isr.filter((id) => id !== gone)
    switch (this.int(8)) {
      case 0:
        return { election }
      case 1:
        return { election, isr: without }
      case 2:
        return { election, isr: without, uncleanReplica: gone }
      case 3:
        return { isr: this.some(replicas, 1, replicas.length), leaderRecoveryState: this.int(2) }
      case 4: {
        const target = this.some(BROKERS, 1, 4)
        const removingReplicas = replicas.filter((id) => !target.includes(id)).sort(byNumber)
        const addingReplicas = target.filter((id) => !replicas.includes(id)).sort(byNumber)
        return { replicas: [...target, ...removingReplicas], removingReplicas, addingReplicas }
      }
      case 5: {
        const reverted = replicas.filter((id) => !before.addingReplicas.includes(id))
        const inSync = isr.filter((id) => !before.addingReplicas.includes(id))
        const end = { addingReplicas: [], removingReplicas: [] }
        return { election, replicas: reverted, isr: inSync, ...end }
      }
      case 6:
        return { directory: { brokerId: gone, directoryId: directory(500) } }
      default:
        return {}
    }
  }
}

function byNumber(a: number, b: number): number {
  return a - b
}
