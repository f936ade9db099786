import { expect, test } from 'vitest'
import { SeededRandom } from '../../../../src/platform/random.ts'
import { systemTurn } from '../../../../src/platform/turn.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { scaled } from '../../../support/scale.ts'
import type { Harness } from '../support.ts'
import { TOPIC_ID } from '../support.ts'
import { ConsumerClient, SESSION_MS, consumerHarness, describe, settleGroup } from './support.ts'

const STEPS = 40
const PARTITIONS = [0, 1, 2, 3, 4]

/**
 * A random history of one group. Members join, leave, are late and change their subscriptions, the
 * broker restarts, and each append may fail.
 */
class History {
  readonly harness: Harness
  readonly #random: SeededRandom
  readonly #clients: ConsumerClient[]
  #ids = 0

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    const failures = new SeededRandom(seed + 1)
    this.harness = consumerHarness()
    this.harness.addTopic('t', TOPIC_ID, PARTITIONS.length)
    this.harness.log.fails = () => failures.int(10) === 0
    this.#clients = Array.from({ length: 4 }, (_, index) => this.#newClient(index < 2))
  }

  async step(): Promise<void> {
    const { harness } = this
    const index = this.#random.int(this.#clients.length)
    const client = this.#clients[index]!
    switch (this.#random.int(12)) {
      case 0:
      case 1:
      case 2:
        return this.#join(client)
      case 3:
        client.leave(client.instanceId !== null && this.#random.int(2) === 0 ? -2 : -1)
        this.#clients[index] = this.#newClient(client.instanceId !== null, client.instanceId)
        return
      case 4:
        return harness.clock.advance(this.#random.int(SESSION_MS))
      case 5:
        return harness.restart()
      case 6:
        client.heartbeat({ subscribedTopicNames: this.#random.int(2) === 0 ? ['t'] : [] })
        return systemTurn.next()
      default:
        return this.#acknowledge(client)
    }
  }

  /** Lets all members join and reach their target. */
  end(): void {
    this.harness.log.fails = () => false
    const joined = this.#clients.filter((client) => {
      const subscription = { subscribedTopicRegex: '', subscribedTopicNames: ['t'] }
      // While as many members prefer one assignor as the other, a group may never become stable.
      const changes = { ...subscription, serverAssignor: 'uniform' }
      return client.join(changes).errorCode === ErrorCode.None
    })
    const known = new Set(joined.map(({ memberId }) => memberId))
    for (const { memberId, instanceId } of describe(this.harness).members) {
      if (known.has(memberId)) continue
      const stranger = new ConsumerClient(this.harness, memberId, instanceId ?? null)
      stranger.leave()
    }
    settleGroup(this.harness, joined)
    const owned = joined.flatMap((client) => client.owned[TOPIC_ID] ?? [])
    expect(owned.toSorted()).toEqual(joined.length > 0 ? PARTITIONS : [])
  }

  #join(client: ConsumerClient): void {
    const subscription =
      this.#random.int(4) === 0
        ? { subscribedTopicNames: null, subscribedTopicRegex: '.' }
        : { subscribedTopicNames: ['t'] }
    const serverAssignor = this.#random.int(2) === 0 ? 'range' : 'uniform'
    client.join({ ...subscription, serverAssignor, rebalanceTimeoutMs: 20_000 })
  }

  #acknowledge(client: ConsumerClient): void {
    const { errorCode } = client.acknowledge()
    const isFenced =
      errorCode === ErrorCode.FencedMemberEpoch || errorCode === ErrorCode.UnknownMemberId
    if (isFenced) client.owned = {}
  }

  #newClient(isStatic: boolean, instanceId?: string | null): ConsumerClient {
    const memberId = `m-${++this.#ids}`
    return new ConsumerClient(this.harness, memberId, isStatic ? (instanceId ?? memberId) : null)
  }
}

/** Each partition belongs to one member at most, and a load restores the whole group. */
function check(harness: Harness): void {
  const group = describe(harness)
  const owned = group.members.flatMap(({ assignment }) =>
    assignment.topicPartitions.flatMap(({ partitions }) => partitions),
  )
  expect(new Set(owned).size).toBe(owned.length)
  const other = harness.reread()
  other.image.setTopic(harness.topics.get('t')!)
  const byId = (members: typeof group.members) =>
    members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const loaded = describe(other)
  expect({ ...loaded, members: byId(loaded.members) }).toEqual({
    ...group,
    members: byId(group.members),
  })
}

test.each(Array.from({ length: scaled(100) }, (_, seed) => seed))(
  'each partition has one owner at most, and a loaded group is the same, in history %i',
  async (seed) => {
    const history = new History(seed)
    for (let step = 0; step < STEPS; step++) {
      await history.step()
      check(history.harness)
    }
    history.end()
    check(history.harness)
  },
)
