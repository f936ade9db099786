import {
  ApiVersions,
  CreateTopics,
  DescribeTransactions,
  FindCoordinator,
  Heartbeat,
  InitProducerId,
  ListOffsets,
  UpdateFeatures,
} from '../../../src/protocol/messages/index.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import type { Api, RequestInput, ResponseOf } from '../../../src/protocol/schema/index.ts'
import type { KafkaConnection } from '../../support/kafka-connection.ts'
import { Observer } from './observer.ts'
import type { Stage } from './stage.ts'
import { Texts } from './text.ts'

const TIMEOUT_MS = 30_000
/** How often a scenario asks whether something has happened. */
const MAX_POLLS = 600
/** A cleaner that has done nothing for so many polls is idle. */
const IDLE_POLLS = 6
const SAFE_DOWNGRADE = 2
const notReady: ReadonlySet<number> = new Set([
  ErrorCode.UnknownTopicOrPartition,
  ErrorCode.LeaderNotAvailable,
  ErrorCode.CoordinatorLoadInProgress,
  ErrorCode.CoordinatorNotAvailable,
  ErrorCode.NotCoordinator,
])

/**
 * Sends the requests of one scenario, and writes down each request with its response, and what
 * clients then see of its transactions, partitions and groups.
 */
export class Scene {
  readonly stage: Stage
  readonly texts: Texts
  readonly lines: string[] = []
  /** Topic ids by name. */
  readonly topicIds = new Map<string, string>()
  /** Next sequence numbers, by producer and partition. */
  readonly sequences = new Map<string, number>()
  readonly #observer: Observer
  #isObserving = true
  #connection: KafkaConnection | undefined

  constructor(stage: Stage, prefix: string) {
    this.stage = stage
    this.texts = new Texts(prefix)
    this.#observer = new Observer(this.texts, () => stage.connect())
  }

  /** Sends a request, writes it down with its response, and observes what it has changed. */
  async call<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
  ): Promise<ResponseOf<A>> {
    const response = await this.send(api, version, request)
    this.note(`${api.name} v${version}`, request, response ?? 'the connection is closed')
    await this.observe()
    return response as ResponseOf<A>
  }

  /** Sends a request. Resolves with `undefined` if the broker closes the connection. */
  async send<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
  ): Promise<ResponseOf<A> | undefined> {
    if (this.#connection === undefined || this.#connection.isClosed) {
      this.#connection = await this.stage.connect()
    }
    return this.#connection
      .call(api, version, this.texts.withPrefix(request))
      .catch(() => undefined)
  }

  /** Writes down a request and its response. */
  note(what: string, request: unknown, response: unknown): void {
    this.lines.push(`${what} ${this.texts.of(request)}`.trimEnd())
    this.lines.push(`  → ${typeof response === 'string' ? response : this.texts.of(response)}`)
  }

  /** Writes down what clients see, if it has changed. */
  async observe(): Promise<void> {
    if (!this.#isObserving) return this.#observer.settled()
    this.lines.push(...(await this.#observer.changes()))
  }

  close(): void {
    this.#connection?.close()
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

  /** Creates a topic and waits until its partitions have leaders. */
  async createTopic(
    name: string,
    options: {
      partitions?: number
      configs?: Readonly<Record<string, string>>
    } = {},
  ): Promise<void> {
    const { partitions = 1, configs = {} } = options
    const response = await this.send(CreateTopics, 7, {
      topics: [
        {
          name,
          numPartitions: partitions,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: TIMEOUT_MS,
    })
    const { errorCode, errorMessage, topicId } = response!.topics[0]!
    if (errorCode !== ErrorCode.None) throw new Error(`cannot create ${name}: ${errorMessage}`)
    this.topicIds.set(name, topicId)
    this.texts.nameTopic(topicId, name)
    this.#observer.topics.set(name, partitions)
    await this.#observer.partitionsAreReady(name)
  }

  /** Resolves when new partitions of a topic have leaders. */
  async hasPartitions(topic: string, partitions: number): Promise<void> {
    this.#observer.topics.set(topic, partitions)
    await this.#observer.partitionsAreReady(topic)
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

  /** Resolves when no broker serves the topic any more. */
  async isDeleted(topic: string): Promise<void> {
    this.#observer.topics.delete(topic)
    const partitions = [{ partitionIndex: 0, timestamp: -1 }]
    const request = {
      replicaId: -1,
      isolationLevel: 0,
      timeoutMs: 0,
      topics: [{ name: topic, partitions }],
    }
    for (;;) {
      const { errorCode } = (await this.send(ListOffsets, 8, request))!.topics[0]!.partitions[0]!
      if (errorCode === ErrorCode.UnknownTopicOrPartition) return
      await this.stage.pass(20)
    }
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
    for (const topic of this.#observer.topics.keys()) await this.#observer.partitionsAreReady(topic)
    await this.observe()
  }

  /** Resolves when the broker coordinates transactions and groups. */
  async isReady(): Promise<void> {
    for (const keyType of [0, 1]) {
      await this.#retry(async () => {
        const request = { key: '', keyType, coordinatorKeys: ['is-ready'] }
        return (await this.send(FindCoordinator, 4, request))?.coordinators[0]
      })
    }
    await this.#retry(() =>
      this.send(InitProducerId, 4, { transactionalId: 'is-ready', transactionTimeoutMs: 100 }),
    )
    await this.#retry(() =>
      this.send(Heartbeat, 3, { groupId: 'is-ready', generationId: 1, memberId: 'none' }),
    )
  }

  /** Changes the level of the feature, and waits until the broker knows it. */
  async setTransactionVersion(level: number): Promise<void> {
    if (level === 2) return
    const feature = 'transaction.version'
    const updated = await this.send(UpdateFeatures, 2, {
      timeoutMs: TIMEOUT_MS,
      featureUpdates: [
        { feature, maxVersionLevel: level, allowDowngrade: true, upgradeType: SAFE_DOWNGRADE },
      ],
      validateOnly: false,
    })
    if (updated!.errorCode !== ErrorCode.None) throw new Error(String(updated!.errorMessage))
    for (;;) {
      const client = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
      const { finalizedFeatures } = (await this.send(ApiVersions, 4, client))!
      const found = finalizedFeatures.find(({ name }) => name === feature)
      if ((found?.maxVersionLevel ?? 0) === level) return
      await this.stage.pass(20)
    }
  }

  async #retry(call: () => Promise<{ errorCode: number } | undefined>): Promise<void> {
    for (;;) {
      const response = await call()
      if (response !== undefined && !notReady.has(response.errorCode)) return
      await this.stage.pass(20)
    }
  }
}
