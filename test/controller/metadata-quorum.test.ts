import { describe, expect, test } from 'vitest'
import { catchUp } from '../../src/controller/catch-up.ts'
import type { MetadataDelta } from '../../src/controller/metadata-image.ts'
import { encodeMetadataBatch } from '../../src/controller/metadata-log.ts'
import { MetadataQuorum } from '../../src/controller/metadata-quorum.ts'
import { topicRecord } from '../../src/controller/records.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { randomUuid } from '../../src/platform/uuid.ts'
import { LeaderChangeMessage } from '../../src/protocol/internal/control-records.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { recordsOf } from '../../src/record/records.ts'
import { CLUSTER_ID, MemoryReplica } from './support.ts'

const random = new SeededRandom(3)

/** A copy whose disk is as slow as a test wants. */
class SlowReplica extends MemoryReplica {
  #durable = 0
  #sync: Promise<void> | undefined
  #finish: () => void = () => {}

  override get durableEndOffset(): number {
    return this.#durable
  }

  override sync(): Promise<void> | undefined {
    if (this.#durable === this.endOffset || this.hasFailed) return undefined
    this.#sync ??= new Promise((resolve) => (this.#finish = resolve))
    return this.#sync
  }

  async finish(): Promise<void> {
    this.#durable = this.hasFailed ? this.#durable : this.endOffset
    this.#sync = undefined
    this.#finish()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

type CanReach = (one: number, other: number) => boolean

function quorumOf(...replicas: MemoryReplica[]): MetadataQuorum {
  return quorumOver(() => true, replicas)
}

function quorumOver(canReach: CanReach, replicas: readonly MemoryReplica[]): MetadataQuorum {
  const clock = new ManualClock()
  const quorum = new MetadataQuorum({ clock, voterIds: () => [1, 2, 3], canReach })
  quorum.start(CLUSTER_ID, replicas)
  for (const replica of replicas) {
    if (replica.nodeId !== quorum.leaderId) quorum.join(replica)
  }
  return quorum
}

function topic(name: string) {
  return [topicRecord(name, randomUuid(random))]
}

function bytesOf(replica: MemoryReplica): string {
  return Buffer.concat([...replica.read(0)]).toString('hex')
}

function leaderChanges(replica: MemoryReplica) {
  return replica.batches
    .flatMap((bytes) => [...batchesOf(bytes)])
    .filter(({ isControl }) => isControl)
    .map((batch) => {
      const { value } = [...recordsOf(batch)][0]!
      const { leaderId, voters, grantingVoters } = LeaderChangeMessage.decode(0, value!)
      const ids = (all: readonly { voterId: number }[]) => all.map(({ voterId }) => voterId)
      return [batch.partitionLeaderEpoch, leaderId, ids(voters), ids(grantingVoters)]
    })
}

describe('the metadata quorum', () => {
  test('writes the same bytes into the log of every running broker', () => {
    const replicas = [new MemoryReplica(1), new MemoryReplica(2)]
    const quorum = quorumOf(...replicas)
    quorum.append(topic('a'))
    const late = new MemoryReplica(3)
    quorum.join(late)
    quorum.append(topic('b'))
    expect(new Set([...replicas, late].map(bytesOf)).size).toBe(1)
    expect(late.endOffset).toBe(3)
    expect(late.highWatermark).toBe(3)
  })

  test('has a new epoch for each leader, which begins with a record of its own', () => {
    const [one, two, three] = [new MemoryReplica(1), new MemoryReplica(2), new MemoryReplica(3)]
    const quorum = quorumOf(one, two, three)
    expect([quorum.leaderId, quorum.epoch]).toEqual([1, 1])
    quorum.leave(3)
    expect([quorum.leaderId, quorum.epoch]).toEqual([1, 1])
    quorum.leave(1)
    expect([quorum.leaderId, quorum.epoch]).toEqual([2, 2])
    quorum.join(one)
    quorum.leave(2)
    expect([quorum.leaderId, quorum.epoch]).toEqual([1, 3])
    expect(leaderChanges(one)).toEqual([
      [1, 1, [1, 2, 3], [1, 2, 3]],
      [2, 2, [1, 2, 3], [2]],
      [3, 1, [1, 2, 3], [1]],
    ])
  })

  test('commits what every running broker has, as durable as it is asked for', async () => {
    const [one, two] = [new SlowReplica(1), new SlowReplica(2)]
    const quorum = quorumOf(one, two)
    const delivered: string[] = []
    quorum.subscribe((delta: MetadataDelta) => delivered.push(...delta.changedTopics.keys()))
    await Promise.all([one.finish(), two.finish()])
    const offset = quorum.append(topic('a'))!
    let isCommitted: boolean | undefined
    void quorum.committed(offset)!.then((result) => (isCommitted = result))
    await one.finish()
    expect([isCommitted, delivered, one.highWatermark]).toEqual([undefined, [], 1])
    expect(quorum.image.topics.has('a')).toBe(true)
    await two.finish()
    expect([isCommitted, delivered, one.highWatermark]).toEqual([true, ['a'], 2])
    expect(quorum.committed(offset)).toBeUndefined()
  })

  test('does not wait for a broker that has stopped or whose disk has failed', async () => {
    for (const end of ['stop', 'fail'] as const) {
      const [one, two] = [new SlowReplica(1), new SlowReplica(2)]
      const quorum = quorumOf(one, two)
      await Promise.all([one.finish(), two.finish()])
      const committed = quorum.committed(quorum.append(topic('a'))!)!
      await one.finish()
      if (end === 'stop') quorum.leave(2)
      else {
        two.hasFailed = true
        await two.finish()
      }
      expect(await committed).toBe(true)
    }
  })

  test('hands on to the next leader what is not committed yet', async () => {
    const [one, two] = [new SlowReplica(1), new SlowReplica(2)]
    const quorum = quorumOf(one, two)
    await Promise.all([one.finish(), two.finish()])
    const committed = quorum.committed(quorum.append(topic('a'))!)!
    quorum.leave(1)
    await two.finish()
    expect(await committed).toBe(true)
    expect(two.highWatermark).toBe(3)
  })

  test('tells those who wait that nothing is committed when no broker is left', async () => {
    const one = new SlowReplica(1)
    const quorum = quorumOf(one)
    await one.finish()
    const offset = quorum.append(topic('a'))!
    const committed = quorum.committed(offset)!
    quorum.leave(1)
    expect(await committed).toBe(false)
    expect(await quorum.committed(offset)).toBe(false)
    expect(quorum.append(topic('b'))).toBeUndefined()
    expect(quorum.leaderId).toBeUndefined()
  })

  test('moves to another broker when the disk of its leader fails: nothing has changed then', () => {
    const [one, two] = [new MemoryReplica(1), new MemoryReplica(2)]
    const quorum = quorumOf(one, two)
    one.hasFailed = true
    expect(quorum.append(topic('a'))).toBeUndefined()
    expect(quorum.leaderId).toBe(2)
    expect(quorum.image.topics.size).toBe(0)
    expect(quorum.append(topic('a'))).toBe(2)
    expect(leaderChanges(two).at(-1)).toEqual([2, 2, [1, 2, 3], [2]])
  })

  test('starts with the most recent log, by epoch and then by end offset', () => {
    const [old, recent] = [new MemoryReplica(1), new MemoryReplica(2)]
    const first = quorumOf(old, recent)
    first.leave(1)
    first.append(topic('a'))
    const again = quorumOf(old, recent)
    expect([again.leaderId, again.epoch]).toEqual([2, 3])
    expect(bytesOf(old)).toBe(bytesOf(recent))
    expect([...again.image.topics.keys()]).toEqual(['a'])
  })

  test('catches up from the files of a broker that does not run, if those are more recent', () => {
    const [old, recent] = [new MemoryReplica(1), new MemoryReplica(2)]
    const first = quorumOf(old, recent)
    first.leave(1)
    first.append(topic('a'))
    const alone = new MetadataQuorum({ clock: new ManualClock(), voterIds: () => [1, 2] })
    alone.start(CLUSTER_ID, [old], [recent])
    expect([alone.leaderId, alone.epoch]).toEqual([1, 3])
    expect([...alone.image.topics.keys()]).toEqual(['a'])
    expect(recent.endOffset).toBe(old.endOffset - 1)
  })

  test('does not start again without everything that it has committed', () => {
    const [old, recent] = [new MemoryReplica(1), new MemoryReplica(2)]
    const quorum = quorumOf(old, recent)
    quorum.leave(1)
    quorum.append(topic('a'))
    quorum.leave(2)
    expect(() => quorum.start(CLUSTER_ID, [old])).toThrow('start the broker that ran last')
    expect(() => quorum.start(CLUSTER_ID, [new MemoryReplica(3)])).toThrow('metadata log')
    expect([quorum.leaderId, quorum.epoch]).toEqual([undefined, 2])
    quorum.start(CLUSTER_ID, [old], [recent])
    expect([...quorum.image.topics.keys()]).toEqual(['a'])
  })
})

describe('a copy of the metadata log that catches up', () => {
  const batch = (baseOffset: number, epoch: number, name = 'a') =>
    encodeMetadataBatch(topic(name), { baseOffset, epoch, timestamp: 0 })
  const logOf = (epochs: readonly number[], shared?: MemoryReplica, sharedBatches = 0) => {
    const replica = new MemoryReplica()
    for (const [offset, epoch] of epochs.entries()) {
      replica.append(offset < sharedBatches ? shared!.batches[offset]! : batch(offset, epoch))
    }
    return replica
  }

  test.each<[string, number[], number[], number]>([
    ['that is empty', [], [1, 1, 2], 0],
    ['that misses the end', [1, 1], [1, 1, 2], 2],
    ['that has more than a leader of a later epoch', [1, 1, 1, 1], [1, 1, 2], 2],
    ['whose last epoch the leader does not know', [1, 2, 2], [1, 1, 3], 1],
    ['whose last epoch is above those of the leader', [1, 1, 4], [1, 1, 3], 2],
    ['that has nothing in common with it', [5, 5, 5], [1, 1, 1], 0],
    ['that has the same epochs and other records', [1, 1, 2], [1, 1, 2], 2],
    ['that has the same epochs and is longer', [1, 1, 2, 2], [1, 1, 2], 2],
  ])('%s becomes equal to that of the leader', (_, own, leaders, shared) => {
    const leader = logOf(leaders)
    const replica = logOf(own, leader, shared)
    expect(catchUp(replica, leader)).toBe(true)
    expect(bytesOf(replica)).toBe(bytesOf(leader))
  })

  test('whose disk fails says so', () => {
    const replica = new MemoryReplica(1)
    replica.hasFailed = true
    expect(catchUp(replica, logOf([1, 1]))).toBe(false)
  })
})

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
  'random history of seed %i: running copies are equal, and committed records stay',
  (seed) => {
    const rolls = new SeededRandom(seed)
    const replicas = [1, 2, 3, 4].map((id) => new MemoryReplica(id))
    const quorum = quorumOf(...replicas)
    const names: string[] = []
    for (let step = 0; step < 60; step++) {
      const replica = replicas[rolls.int(replicas.length)]!
      const isLast = replicas.filter(({ nodeId }) => quorum.isRunning(nodeId)).length === 1
      if (quorum.isRunning(replica.nodeId)) {
        if (rolls.int(3) > 0) {
          quorum.append(topic(`topic-${step}`))
          names.push(`topic-${step}`)
        } else if (!isLast) {
          quorum.leave(replica.nodeId)
          // The machine of a broker that has left may lose the end of its log.
          if (rolls.int(2) === 0) replica.truncateTo(rolls.int(replica.endOffset + 1))
        } else {
          quorum.leave(replica.nodeId)
          const stored = replicas.filter((each) => each !== replica)
          quorum.start(CLUSTER_ID, [replica], stored)
        }
      } else quorum.join(replica)
      const running = replicas.filter(({ nodeId }) => quorum.isRunning(nodeId))
      expect(new Set(running.map(bytesOf)).size).toBe(1)
      expect([...quorum.image.topics.keys()]).toEqual(names)
    }
  },
)

/** A network whose brokers are in parts that do not reach each other. */
class DividedNetwork {
  /** The part of each broker; those without one are in part 0. */
  readonly parts = new Map<number, number>()
  readonly canReach: CanReach = (one, other) => this.#partOf(one) === this.#partOf(other)

  #partOf(id: number): number {
    return this.parts.get(id) ?? 0
  }
}

describe('the leader of a divided network', () => {
  function divided(count: number) {
    const network = new DividedNetwork()
    const replicas = Array.from({ length: count }, (_, index) => new MemoryReplica(index + 1))
    return { network, replicas, quorum: quorumOver(network.canReach, replicas) }
  }

  test('is in the part with the majority, in a new epoch, and stays when it is healed', () => {
    const { network, quorum } = divided(3)
    network.parts.set(1, 1)
    quorum.onLinksChanged()
    expect([quorum.leaderId, quorum.epoch]).toEqual([2, 2])
    network.parts.clear()
    quorum.onLinksChanged()
    expect([quorum.leaderId, quorum.epoch]).toEqual([2, 2])
  })

  test('remains if no part has a majority, or if its own has it', () => {
    for (const cut of [[4], [3, 4]]) {
      const { network, quorum } = divided(4)
      for (const id of cut) network.parts.set(id, 1)
      quorum.onLinksChanged()
      expect([quorum.leaderId, quorum.epoch]).toEqual([1, 1])
    }
  })

  test('moves when brokers of its part stop', () => {
    const { network, quorum } = divided(5)
    for (const id of [1, 4, 5]) network.parts.set(id, 1)
    quorum.onLinksChanged()
    expect(quorum.leaderId).toBe(1)
    quorum.leave(4)
    quorum.leave(5)
    expect(quorum.leaderId).toBe(2)
  })

  test('grants its epoch with the votes of its part, and knows the others as of their last fetch', () => {
    const { network, replicas, quorum } = divided(3)
    network.parts.set(3, 1)
    quorum.onLinksChanged()
    quorum.append(topic('a'))
    const offsets = () => quorum.describe()!.voters.map(({ logEndOffset }) => logEndOffset)
    expect(offsets()).toEqual([2, 2, 1])
    network.parts.set(3, 0).set(1, 1)
    quorum.onLinksChanged()
    expect(offsets()).toEqual([-1, 3, 3])
    expect(leaderChanges(replicas[1]!).at(-1)).toEqual([2, 2, [1, 2, 3], [2, 3]])
    network.parts.clear()
    quorum.onLinksChanged()
    expect(offsets()).toEqual([3, 3, 3])
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20])(
    'random history of seed %i: has a majority if there is one, and nothing committed is lost',
    (seed) => {
      const rolls = new SeededRandom(seed)
      const { network, replicas, quorum } = divided(5)
      const names: string[] = []
      const delivered: string[] = []
      quorum.subscribe((delta) => delivered.push(...delta.changedTopics.keys()))
      let last = { leaderId: quorum.leaderId, epoch: quorum.epoch }
      for (let step = 0; step < 100; step++) {
        const replica = replicas[rolls.int(replicas.length)]!
        const running = () => replicas.filter(({ nodeId }) => quorum.isRunning(nodeId))
        const roll = rolls.int(6)
        if (roll < 2) {
          names.push(`topic-${step}`)
          quorum.append(topic(`topic-${step}`))
        } else if (roll < 4) {
          network.parts.set(replica.nodeId, rolls.int(3))
          quorum.onLinksChanged()
        } else if (!quorum.isRunning(replica.nodeId)) quorum.join(replica)
        else if (running().length > 1) {
          quorum.leave(replica.nodeId)
          if (rolls.int(2) === 0) replica.truncateTo(rolls.int(replica.endOffset + 1))
        }
        const reached = (id: number) =>
          running().filter(({ nodeId }) => network.canReach(id, nodeId)).length
        const hasMajority = (id: number) => 2 * reached(id) > running().length
        const canHave = running().some(({ nodeId }) => hasMajority(nodeId))
        expect(hasMajority(quorum.leaderId!)).toBe(canHave)
        if (quorum.leaderId !== last.leaderId) expect(quorum.epoch).toBeGreaterThan(last.epoch)
        else expect(quorum.epoch).toBe(last.epoch)
        last = { leaderId: quorum.leaderId, epoch: quorum.epoch }
        expect(new Set(running().map(bytesOf)).size).toBe(1)
        expect(delivered).toEqual(names)
      }
    },
  )
})
