import { SeededRandom } from '../../../../src/platform/random.ts'
import type { ConsumerGroupHeartbeat } from '../../../../src/protocol/messages/index.ts'
import type { RequestInput } from '../../../../src/protocol/schema/index.ts'
import { HistoryClient } from './history-client.ts'
import type { Owned } from './history-client.ts'
import type { Script } from './script.ts'

type Changes = Partial<RequestInput<typeof ConsumerGroupHeartbeat>>

const STEPS = 60

/** Half of the groups use `uniform`, for which only one topic has an order that is not random. */
const subscriptions = {
  uniform: [['t'], ['t'], ['t'], ['t', 'missing'], [], ['missing']],
  range: [['t'], ['t', 'u'], ['t', 'u'], ['u'], ['missing', 'u'], []],
} as const

/** Sends the requests of a random history of one group. Each response decides what follows. */
export async function consumerHistory(
  script: Script,
  groupId: string,
  seed: number,
  topicIds: readonly string[],
): Promise<void> {
  const history = new History(script, groupId, seed, topicIds)
  for (let step = 0; step < STEPS; step++) await history.step()
}

class History {
  readonly #random: SeededRandom
  readonly #assignor: 'uniform' | 'range'
  readonly #topicIds: readonly string[]
  readonly #clients: HistoryClient[]
  readonly #script: Script
  #replacements = 0

  constructor(script: Script, groupId: string, seed: number, topicIds: readonly string[]) {
    this.#script = script
    this.#random = new SeededRandom(seed + 1)
    this.#assignor = seed % 2 === 0 ? 'uniform' : 'range'
    this.#topicIds = topicIds
    this.#clients = [
      ...['a', 'b', 'c'].map((memberId) => new HistoryClient(script, memberId, groupId)),
      ...['i', 'j'].map((id) => new HistoryClient(script, `static-${id}`, groupId, id)),
    ]
  }

  async step(): Promise<void> {
    const index = this.#random.int(this.#clients.length)
    const client = this.#clients[index]!
    const choice = this.#random.int(24)
    if (client.memberEpoch <= 0 && choice < 18) return this.#join(index)
    if (choice < 8) return void (await client.acknowledge())
    if (choice < 11) return void (await client.heartbeat())
    if (choice < 12) return void (await client.acknowledge(this.#part(client.owned)))
    if (choice < 13) return void (await client.acknowledge(this.#anything()))
    if (choice < 15) return void (await client.acknowledge(client.owned, this.#subscription()))
    if (choice < 16) return this.#otherEpoch(client)
    if (choice < 17) return this.#join(index)
    if (choice < 20) return this.#leave(client)
    if (choice < 21) return void (await client.describe())
    if (choice < 23) return this.#commit(client)
    await client.fetch(client.memberEpoch - this.#random.int(2))
  }

  /** A static member sometimes returns with another id. */
  async #join(index: number): Promise<void> {
    const client = this.#clients[index]!
    if (client.instanceId !== null && this.#random.int(2) === 0) {
      const { groupId, instanceId } = client
      const memberId = `static-${instanceId}-${++this.#replacements}`
      const other = new HistoryClient(this.#script, memberId, groupId, instanceId)
      const { errorCode } = await other.join(this.#subscription())
      if (errorCode === 0) this.#clients[index] = other
      return
    }
    await client.join(this.#subscription())
  }

  async #leave(client: HistoryClient): Promise<void> {
    const isTemporary = client.instanceId !== null && this.#random.int(2) === 0
    const { errorCode } = await client.leave(isTemporary ? -2 : -1)
    if (errorCode === 0) client.memberEpoch = 0
  }

  async #otherEpoch(client: HistoryClient): Promise<void> {
    const { memberEpoch } = client
    const other = Math.max(1, memberEpoch - 2 + this.#random.int(4))
    const { errorCode } = await client.acknowledge(client.owned, { memberEpoch: other })
    if (errorCode !== 0) client.memberEpoch = memberEpoch
  }

  async #commit(client: HistoryClient): Promise<void> {
    const partitions = [0, 1, 2, 3].filter(() => this.#random.int(2) === 0)
    if (partitions.length === 0) return
    await client.commit(partitions, client.memberEpoch + 1 - this.#random.int(3))
  }

  #subscription(): Changes {
    const choices = subscriptions[this.#assignor]
    return {
      subscribedTopicNames: choices[this.#random.int(choices.length)]!,
      serverAssignor: this.#assignor,
      rebalanceTimeoutMs: 300_000,
    }
  }

  #part(owned: Owned): Owned {
    return Object.fromEntries(
      Object.entries(owned).map(([topicId, partitions]) => [
        topicId,
        partitions.filter(() => this.#random.int(2) === 0),
      ]),
    )
  }

  #anything(): Owned {
    const topicId = this.#topicIds[this.#random.int(this.#topicIds.length)]!
    return { [topicId]: [0, 1, 2].filter(() => this.#random.int(2) === 0) }
  }
}
