import {
  ApiVersions,
  CreateTopics,
  FindCoordinator,
  ListOffsets,
  UpdateFeatures,
} from '../../../src/protocol/messages/index.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import type { Api, RequestInput, ResponseOf } from '../../../src/protocol/schema/index.ts'
import type { KafkaConnection } from '../../support/kafka-connection.ts'
import type { ExchangeTexts } from './exchange-texts.ts'
import type { Stage } from './stage.ts'

const TIMEOUT_MS = 30_000
/** The coordinator of share groups has this key type from version 6 on (KIP-932). */
const SHARE = 2
/** A request that has no answer by then never gets one. */
const ANSWER_DEADLINE_MS = 120_000
const UPGRADE = 1
const SAFE_DOWNGRADE = 2
const UNSAFE_DOWNGRADE = 3
const notReady: ReadonlySet<number> = new Set([
  ErrorCode.UnknownTopicOrPartition,
  ErrorCode.LeaderNotAvailable,
  ErrorCode.CoordinatorLoadInProgress,
  ErrorCode.CoordinatorNotAvailable,
  ErrorCode.NotCoordinator,
])

/** Sends the requests of one scenario, and writes down each request with its response. */
export abstract class ExchangeScene {
  readonly stage: Stage
  abstract readonly texts: ExchangeTexts
  readonly lines: string[] = []
  /** Topic ids by name. */
  readonly topicIds = new Map<string, string>()
  #connection: KafkaConnection | undefined

  constructor(stage: Stage) {
    this.stage = stage
  }

  /** Resolves when the broker serves what the scenarios need. */
  abstract isReady(): Promise<void>

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

  /**
   * Sends a request. Resolves with `undefined` if the broker closes the connection, and rejects if
   * the broker does not answer.
   */
  async send<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
  ): Promise<ResponseOf<A> | undefined> {
    if (this.#connection === undefined || this.#connection.isClosed) {
      this.#connection = await this.stage.connect()
    }
    const connection = this.#connection
    let isLate = false
    const deadline = setTimeout(() => {
      isLate = true
      connection.close()
    }, ANSWER_DEADLINE_MS)
    const response = await connection
      .call(api, version, this.texts.withPrefix(request))
      .catch(() => undefined)
    clearTimeout(deadline)
    if (isLate) throw new Error(`${api.name} v${version} has no answer: ${this.texts.of(request)}`)
    return response
  }

  /** Writes down a request and its response. */
  note(what: string, request: unknown, response: unknown): void {
    this.lines.push(`${what} ${this.texts.of(request)}`.trimEnd())
    this.lines.push(`  → ${typeof response === 'string' ? response : this.texts.of(response)}`)
  }

  /** Writes down what clients see, if it has changed. */
  abstract observe(): Promise<void>

  close(): void {
    this.#connection?.close()
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
    await this.partitionsAreReady(name, partitions)
  }

  /** Resolves when all partitions of a topic have leaders. */
  async partitionsAreReady(topic: string, partitions: number): Promise<void> {
    while (!(await this.#listed(topic, partitions)).every((code) => code === ErrorCode.None)) {
      await this.stage.pass(20)
    }
  }

  /** Resolves when no broker serves the topic any more. */
  async isDeleted(topic: string): Promise<void> {
    while ((await this.#listed(topic, 1))[0] !== ErrorCode.UnknownTopicOrPartition) {
      await this.stage.pass(20)
    }
  }

  /** Changes the level of a feature, and waits until the broker knows it. */
  async setFeature(feature: string, level: number): Promise<void> {
    for (const upgradeType of [UPGRADE, SAFE_DOWNGRADE, UNSAFE_DOWNGRADE]) {
      const updated = await this.send(UpdateFeatures, 2, {
        timeoutMs: TIMEOUT_MS,
        featureUpdates: [{ feature, maxVersionLevel: level, allowDowngrade: true, upgradeType }],
        validateOnly: false,
      })
      if (updated!.errorCode === ErrorCode.None) break
      if (upgradeType === UNSAFE_DOWNGRADE) throw new Error(String(updated!.errorMessage))
    }
    for (;;) {
      const client = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
      const { finalizedFeatures } = (await this.send(ApiVersions, 4, client))!
      const found = finalizedFeatures.find(({ name }) => name === feature)
      if ((found?.maxVersionLevel ?? 0) === level) return
      await this.stage.pass(20)
    }
  }

  /** Resolves when the broker coordinates keys of this type: groups 0, transactions 1, shares 2. */
  protected async coordinates(keyType: number, key: string): Promise<void> {
    await this.retry(async () => {
      const request = { key: '', keyType, coordinatorKeys: [key] }
      const version = keyType === SHARE ? 6 : 4
      return (await this.send(FindCoordinator, version, request))?.coordinators[0]
    })
  }

  /** Repeats a request until its response does not say that the broker is not ready. */
  protected async retry(call: () => Promise<{ errorCode: number } | undefined>): Promise<void> {
    for (;;) {
      const response = await call()
      if (response !== undefined && !notReady.has(response.errorCode)) return
      await this.stage.pass(20)
    }
  }

  async #listed(name: string, partitions: number): Promise<number[]> {
    const { topics } = (await this.send(ListOffsets, 8, {
      replicaId: -1,
      isolationLevel: 0,
      timeoutMs: 0,
      topics: [
        {
          name,
          partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
            partitionIndex,
            timestamp: -1,
          })),
        },
      ],
    }))!
    return topics[0]!.partitions.map(({ errorCode }) => errorCode)
  }
}
