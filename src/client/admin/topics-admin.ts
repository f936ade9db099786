import { ZERO_UUID } from '../../platform/uuid.ts'
import { CreatePartitions, CreateTopics, DeleteTopics } from '../../protocol/messages/index.ts'
import type { ClientCore } from '../client-core.ts'
import { retry } from '../retry.ts'
import type { TopicMetadata } from '../metadata/topic-metadata.ts'
import type { CallOptions, ChangeOptions } from './call-options.ts'
import { retryEach } from './retry-each.ts'

/** The last version of DeleteTopics with a list of names. */
const MAX_DELETE_VERSION = 5

/** A topic to be created. */
export interface NewTopic {
  readonly name: string
  /** -1, the default: the broker's `num.partitions`. */
  readonly partitions?: number
  /** -1, the default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number
  /** The brokers of each partition, the preferred leader first; instead of the two counts. */
  readonly replicas?: readonly (readonly number[])[]
  readonly configs?: Readonly<Record<string, string>>
}

/** Creates, lists, describes and deletes topics, and adds partitions. */
export class TopicsAdmin {
  readonly #core: ClientCore

  constructor(core: ClientCore) {
    this.#core = core
  }

  /** Returns all topics, by name. */
  async list({ signal }: CallOptions = {}): Promise<TopicMetadata[]> {
    const { metadata, settings, closing } = this.#core
    const signals = [closing, signal]
    const { topics } = await retry(settings, signals, () => metadata.fetch(null, signals))
    const names = topics.flatMap(({ name, errorCode }) => (name && errorCode === 0 ? [name] : []))
    return names.sort().map((name) => metadata.topic(name)!)
  }

  /**
   * Returns the current metadata of topics.
   *
   * @throws ClientError `UNKNOWN_TOPIC` if one does not exist
   */
  describe(names: readonly string[], { signal }: CallOptions = {}): Promise<TopicMetadata[]> {
    const { metadata } = this.#core
    for (const name of names) metadata.invalidate(name)
    return metadata.topics(names, [signal])
  }

  /**
   * Creates topics.
   *
   * @throws BrokerError such as `TOPIC_ALREADY_EXISTS`
   */
  create(
    topics: readonly NewTopic[],
    { signal, validateOnly = false }: ChangeOptions = {},
  ): Promise<void> {
    const operationOf = ({ name }: NewTopic): string => `creating topic ${name}`
    return retryEach(this.#core, [signal], topics, operationOf, async (items) => {
      const controller = await this.#core.metadata.controller([signal])
      const request = {
        topics: items.map(creatableTopic),
        timeoutMs: this.#timeoutMs,
        validateOnly,
      }
      const response = await controller.send(CreateTopics, request)
      return response.topics.map(({ name, errorCode, errorMessage }) => {
        const item = items.find((each) => each.name === name)!
        return { item, errorCode, errorMessage }
      })
    })
  }

  /** Deletes topics with all their records. */
  delete(names: readonly string[], { signal }: CallOptions = {}): Promise<void> {
    const operationOf = (name: string): string => `deleting topic ${name}`
    return retryEach(this.#core, [signal], names, operationOf, async (items) => {
      const controller = await this.#core.metadata.controller([signal])
      const request = { topics: [], topicNames: [...items], timeoutMs: this.#timeoutMs }
      const options = { maxVersion: MAX_DELETE_VERSION }
      const response = await controller.send(DeleteTopics, request, options)
      for (const name of items) this.#core.metadata.invalidate(name)
      return response.responses.map(({ name, ...result }) => ({ item: name ?? '', ...result }))
    })
  }

  /** Adds partitions to a topic, up to a total of `count`. */
  createPartitions(
    name: string,
    count: number,
    { signal, validateOnly = false }: ChangeOptions = {},
  ): Promise<void> {
    const operationOf = (): string => `adding partitions to ${name}`
    return retryEach(this.#core, [signal], [name], operationOf, async () => {
      const controller = await this.#core.metadata.controller([signal])
      const response = await controller.send(CreatePartitions, {
        topics: [{ name, count, assignments: null }],
        timeoutMs: this.#timeoutMs,
        validateOnly,
      })
      this.#core.metadata.invalidate(name)
      return response.results.map((result) => ({ item: name, ...result }))
    })
  }

  get #timeoutMs(): number {
    return this.#core.settings.requestTimeoutMs
  }
}

function creatableTopic(topic: NewTopic) {
  const { name, partitions = -1, replicationFactor = -1, replicas = [], configs = {} } = topic
  return {
    name,
    topicId: ZERO_UUID,
    numPartitions: partitions,
    replicationFactor,
    assignments: replicas.map((brokerIds, partitionIndex) => ({
      partitionIndex,
      brokerIds: [...brokerIds],
    })),
    configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
  }
}
