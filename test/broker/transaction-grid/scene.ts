import {
  DescribeTransactions,
  Heartbeat,
  InitProducerId,
} from '../../../src/protocol/messages/index.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { ExchangeScene } from '../grid/exchange-scene.ts'
import type { Stage } from '../grid/stage.ts'
import { Observer } from './observer.ts'
import { Texts } from './text.ts'

/** How often a scenario asks whether something has happened. */
const MAX_POLLS = 600
/** A cleaner that has done nothing for so many polls is idle. */
const IDLE_POLLS = 6

/**
 * Sends the requests of one scenario, and writes down each request with its response, and what
 * clients then see of its transactions, partitions and groups.
 */
export class Scene extends ExchangeScene {
  readonly texts: Texts
  /** Next sequence numbers, by producer and partition. */
  readonly sequences = new Map<string, number>()
  readonly #observer: Observer
  #isObserving = true

  constructor(stage: Stage, prefix: string) {
    super(stage)
    this.texts = new Texts(prefix)
    this.#observer = new Observer(this.texts, () => stage.connect())
  }

  /** Writes down what clients see, if it has changed. */
  override async observe(): Promise<void> {
    if (!this.#isObserving) return this.#observer.settled()
    this.lines.push(...(await this.#observer.changes()))
  }

  override close(): void {
    super.close()
    this.#observer.close()
  }

  watchTransaction(transactionalId: string): void {
    this.#observer.transactionalIds.add(transactionalId)
  }

  watchGroup(groupId: string): void {
    this.#observer.groupIds.add(groupId)
  }

  /** From now on markers cannot be written into these partitions. */
  hold(...partitions: readonly string[]): void {
    for (const partition of partitions) this.#observer.held.add(partition)
  }

  release(): void {
    this.#observer.held.clear()
  }

  /** From now on the partitions are not observed. */
  ignorePartitions(): void {
    this.#observer.topics.clear()
  }

  override async createTopic(
    name: string,
    options: { partitions?: number; configs?: Readonly<Record<string, string>> } = {},
  ): Promise<void> {
    await super.createTopic(name, options)
    this.#observer.topics.set(name, options.partitions ?? 1)
  }

  /** Resolves when new partitions of a topic have leaders. */
  async hasPartitions(topic: string, partitions: number): Promise<void> {
    this.#observer.topics.set(topic, partitions)
    await this.partitionsAreReady(topic, partitions)
    await this.observe()
  }

  /** Lets time pass until the cleaner has removed a batch and is idle, and observes. */
  async isCompacted(topic: string, removed: number): Promise<void> {
    let last = 0
    for (let attempts = 0, same = 0; same < IDLE_POLLS; attempts++) {
      if (attempts > MAX_POLLS) throw new Error(`${topic} is not compacted`)
      await this.stage.pass(100)
      const offsets = await this.#observer.batchOffsets(topic)
      same = offsets.length === last && !offsets.includes(removed) ? same + 1 : 0
      last = offsets.length
    }
    await this.observe()
  }

  override async isDeleted(topic: string): Promise<void> {
    this.#observer.topics.delete(topic)
    await super.isDeleted(topic)
  }

  /** Runs steps without observing between them: a broker that starts does things in no order. */
  async unobserved(steps: () => Promise<void>): Promise<void> {
    this.#isObserving = false
    await steps()
    this.#isObserving = true
  }

  /** Lets time pass until a transaction is in a state. */
  async waitFor(transactionalId: string, state: string): Promise<void> {
    for (let attempts = 0; ; attempts++) {
      const current = await this.stateOf(transactionalId)
      if (current === state) break
      if (attempts > MAX_POLLS) throw new Error(`${transactionalId} stays ${current}, not ${state}`)
      await this.stage.pass(50)
    }
    await this.observe()
  }

  /** Returns the state of a transaction; `undefined` if it has none. */
  async stateOf(transactionalId: string): Promise<string | undefined> {
    const request = { transactionalIds: [transactionalId] }
    const described = await this.send(DescribeTransactions, 0, request)
    const found = described?.transactionStates[0]
    return found?.errorCode === ErrorCode.None ? found.transactionState : undefined
  }

  /** Stops or starts the broker, and waits until its coordinators and partitions are available. */
  async broker(action: 'kill' | 'stop' | 'start'): Promise<void> {
    this.lines.push(`${action} the broker`)
    await this.stage[action]()
    if (action !== 'start') return
    await this.isReady()
    for (const [topic, partitions] of this.#observer.topics) {
      await this.partitionsAreReady(topic, partitions)
    }
    await this.observe()
  }

  /** Resolves when the broker coordinates transactions and groups. */
  override async isReady(): Promise<void> {
    for (const keyType of [0, 1]) await this.coordinates(keyType, 'is-ready')
    await this.retry(() =>
      this.send(InitProducerId, 4, { transactionalId: 'is-ready', transactionTimeoutMs: 100 }),
    )
    await this.retry(() =>
      this.send(Heartbeat, 3, { groupId: 'is-ready', generationId: 1, memberId: 'none' }),
    )
  }
}
