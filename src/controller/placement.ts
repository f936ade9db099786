import type { Random } from '../platform/random.ts'
import type { BrokerRegistration } from './metadata-image.ts'

/**
 * Spreads replicas over racks and brokers as Kafka's `StripedReplicaPlacer` does. Partition after partition, the
 * leader moves on by one rack, and within each rack by one broker; further replicas go to the racks that follow,
 * so that no rack gets a second replica before all have one. Brokers out of service are taken when the others of
 * their rack are used up, and never to lead.
 *
 * One object places the partitions of one topic.
 */
export class ReplicaPlacement {
  readonly #random: Random
  readonly #racks: Rack[]
  readonly #brokerCount: number
  readonly #aliveCount: number
  #rackOffset: number
  #placed = 0

  constructor(brokers: Iterable<BrokerRegistration>, random: Random) {
    const byRack = new Map<string, BrokerRegistration[]>()
    let brokerCount = 0
    let aliveCount = 0
    for (const broker of brokers) {
      if (isCordoned(broker)) continue
      brokerCount++
      if (!broker.fenced) aliveCount++
      const rack = broker.rack ?? ''
      byRack.set(rack, [...(byRack.get(rack) ?? []), broker])
    }
    this.#random = random
    this.#racks = [...byRack.keys()].sort().map((name) => new Rack(byRack.get(name)!, random))
    this.#brokerCount = brokerCount
    this.#aliveCount = aliveCount
    this.#rackOffset = this.#racks.length === 0 ? 0 : random.int(this.#racks.length)
  }

  /** Why so many replicas cannot be placed, as Kafka words it, or `undefined`. */
  complaint(replicationFactor: number): string | undefined {
    const unable = `Unable to replicate the partition ${replicationFactor} time(s): `
    if (this.#aliveCount === 0)
      return `${unable}All brokers are currently fenced, or have all their log directories cordoned.`
    if (replicationFactor > this.#brokerCount)
      return `${unable}The target replication factor of ${replicationFactor} cannot be reached because only ${this.#brokerCount} broker(s) are registered or some brokers have all their log directories cordoned.`
    return undefined
  }

  /** The brokers of the next partition, its leader first. Ask {@link complaint} before. */
  place(replicationFactor: number): number[] {
    if (this.#placed === this.#aliveCount && this.#aliveCount > 1) this.#startOver()
    for (const rack of this.#racks) rack.beginPartition()
    const start = this.#rackOffset % this.#racks.length
    const replicas: number[] = []
    let leaderRack = start
    for (; replicas.length === 0; leaderRack++) {
      const leader = this.#rack(leaderRack).nextAlive()
      if (leader !== undefined) replicas.push(leader)
    }
    // The leader's rack has had its turn in the first round.
    const skipped = (leaderRack - 1) % this.#racks.length
    let hasSkipped = false
    for (let rack = start; replicas.length < replicationFactor; rack++) {
      if (!hasSkipped && rack % this.#racks.length === skipped) {
        hasSkipped = true
        continue
      }
      const replica = this.#rack(rack).next()
      if (replica !== undefined) replicas.push(replica)
    }
    this.#placed++
    this.#rackOffset++
    return replicas
  }

  /** After as many partitions as brokers the same assignments would come again: shuffle. */
  #startOver(): void {
    shuffle(this.#racks, this.#random)
    for (const rack of this.#racks) rack.shuffle(this.#random)
    this.#placed = 0
  }

  #rack(index: number): Rack {
    return this.#racks[index % this.#racks.length]!
  }
}

/** Whether none of its log directories may get a new replica (KIP-1066). */
function isCordoned({ logDirs, cordonedLogDirs }: BrokerRegistration): boolean {
  return logDirs.length > 0 && logDirs.every((directory) => cordonedLogDirs.includes(directory))
}

/** The brokers of a rack: those in service, then the others. */
class Rack {
  readonly #alive: BrokerRing
  readonly #fenced: BrokerRing

  constructor(brokers: readonly BrokerRegistration[], random: Random) {
    const ids = (fenced: boolean) =>
      brokers.filter((broker) => broker.fenced === fenced).map((broker) => broker.id)
    this.#alive = new BrokerRing(ids(false), random)
    this.#fenced = new BrokerRing(ids(true), random)
  }

  beginPartition(): void {
    this.#alive.advance()
    this.#fenced.advance()
  }

  nextAlive(): number | undefined {
    return this.#alive.next()
  }

  next(): number | undefined {
    return this.#alive.next() ?? this.#fenced.next()
  }

  shuffle(random: Random): void {
    this.#alive.shuffle(random)
    this.#fenced.shuffle(random)
  }
}

/** Each partition starts one broker further and takes each broker once at most. */
class BrokerRing {
  readonly #ids: number[]
  #offset: number
  #taken = 0

  constructor(ids: number[], random: Random) {
    this.#ids = ids.sort((a, b) => a - b)
    this.#offset = ids.length === 0 ? 0 : random.int(ids.length)
  }

  advance(): void {
    this.#offset++
    this.#taken = 0
  }

  next(): number | undefined {
    if (this.#taken === this.#ids.length) return undefined
    return this.#ids[(this.#offset + this.#taken++) % this.#ids.length]
  }

  shuffle(random: Random): void {
    shuffle(this.#ids, random)
  }
}

function shuffle<T>(items: T[], random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.int(i + 1)
    const item = items[i]!
    items[i] = items[j]!
    items[j] = item
  }
}
