import type { Random } from '../../platform/random.ts'
import type { BrokerRegistration } from '../metadata-image.ts'

/**
 * Spreads replicas over racks and brokers with the algorithm of Kafka's `StripedReplicaPlacer`. The
 * leader of each partition is in the next rack, on its next broker. Further replicas are in the
 * racks after it, so that no rack gets a second replica before every rack has one. Fenced brokers
 * are used when the other brokers of their rack are used up, and never as leaders.
 *
 * One object places the partitions of one topic.
 */
export class ReplicaPlacement {
  readonly #random: Random
  readonly #racks: Rack[]
  readonly #brokerCount: number
  readonly #aliveCount: number
  #rackOffset: number
  /** The number of partitions placed since the start, or since the last shuffle. */
  #epoch = 0

  constructor(brokers: Iterable<BrokerRegistration>, random: Random) {
    const byRack = new Map<string | null, BrokerRegistration[]>()
    let brokerCount = 0
    let aliveCount = 0
    for (const broker of brokers) {
      if (isCordoned(broker)) continue
      brokerCount++
      if (!broker.fenced) aliveCount++
      byRack.set(broker.rack, [...(byRack.get(broker.rack) ?? []), broker])
    }
    this.#random = random
    const names = [...byRack.keys()]
    const sorted = [
      ...names.filter((name) => name === null),
      ...names.filter((name) => name !== null).sort(),
    ]
    this.#racks = sorted.map((name) => new Rack(byRack.get(name)!, random))
    this.#brokerCount = brokerCount
    this.#aliveCount = aliveCount
    this.#rackOffset = this.#racks.length === 0 ? 0 : random.int(this.#racks.length)
  }

  /** Returns Kafka's message if the replicas cannot be placed, or `undefined`. */
  complaint(replicationFactor: number): string | undefined {
    const unable = `Unable to replicate the partition ${replicationFactor} time(s): `
    if (this.#aliveCount === 0)
      return `${unable}All brokers are currently fenced, or have all their log directories cordoned.`
    if (replicationFactor > this.#brokerCount)
      return `${unable}The target replication factor of ${replicationFactor} cannot be reached because only ${this.#brokerCount} broker(s) are registered or some brokers have all their log directories cordoned.`
    return undefined
  }

  /** Returns the brokers of the next partition, leader first. Call {@link complaint} before. */
  place(replicationFactor: number): number[] {
    if (this.#epoch === this.#aliveCount && this.#aliveCount > 1) this.#startOver()
    const count = this.#racks.length
    let leaderRack = this.#rackOffset % count
    let leader: number | undefined
    while ((leader = this.#racks[leaderRack]!.nextAlive(this.#epoch)) === undefined)
      leaderRack = (leaderRack + 1) % count
    const replicas = [leader]
    // The leader's rack is skipped once.
    let passedOver = leaderRack
    for (let rack = this.#rackOffset; replicas.length < replicationFactor; rack++) {
      if (rack % count === passedOver) {
        passedOver = -1
        continue
      }
      const replica = this.#racks[rack % count]!.next(this.#epoch)
      if (replica !== undefined) replicas.push(replica)
    }
    this.#epoch++
    this.#rackOffset++
    return replicas
  }

  /** Shuffles: after as many partitions as brokers the same assignments would repeat. */
  #startOver(): void {
    shuffle(this.#racks, this.#random)
    for (const rack of this.#racks) rack.shuffle(this.#random)
    this.#epoch = 0
  }
}

/** Whether all of its log directories are cordoned (KIP-1066). */
export function isCordoned({ logDirs, cordonedLogDirs }: BrokerRegistration): boolean {
  return logDirs.length > 0 && logDirs.every((directory) => cordonedLogDirs.includes(directory))
}

/** The brokers of a rack: first the active ones, then the fenced ones. */
class Rack {
  readonly #alive: BrokerRing
  readonly #fenced: BrokerRing

  constructor(brokers: readonly BrokerRegistration[], random: Random) {
    const ids = (fenced: boolean) =>
      brokers.filter((broker) => broker.fenced === fenced).map((broker) => broker.id)
    this.#alive = new BrokerRing(ids(false), random)
    this.#fenced = new BrokerRing(ids(true), random)
  }

  nextAlive(epoch: number): number | undefined {
    return this.#alive.next(epoch)
  }

  next(epoch: number): number | undefined {
    return this.#alive.next(epoch) ?? this.#fenced.next(epoch)
  }

  shuffle(random: Random): void {
    this.#alive.shuffle(random)
    this.#fenced.shuffle(random)
  }
}

/**
 * Each partition starts one broker further and uses each broker at most once. A partition is
 * identified by its epoch. After a shuffle the epochs start again; as in Kafka, a ring that was
 * last used in the same epoch then continues where it was.
 */
class BrokerRing {
  readonly #ids: number[]
  #offset: number
  #taken = 0
  #epoch = 0

  constructor(ids: number[], random: Random) {
    this.#ids = ids.sort((a, b) => a - b)
    this.#offset = ids.length === 0 ? 0 : random.int(ids.length)
  }

  next(epoch: number): number | undefined {
    if (this.#epoch !== epoch) {
      this.#epoch = epoch
      this.#taken = 0
      this.#offset++
    }
    if (this.#taken >= this.#ids.length) return undefined
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
