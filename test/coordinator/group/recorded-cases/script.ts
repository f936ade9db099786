import { ZERO_UUID } from '../../../../src/platform/uuid.ts'
import {
  ConsumerGroupHeartbeat,
  CreateTopics,
  DeleteGroups,
  FindCoordinator,
  Heartbeat,
  Metadata,
} from '../../../../src/protocol/messages/index.ts'
import type { Api, RequestInput, ResponseOf } from '../../../../src/protocol/schema/index.ts'
import type { KafkaConnection } from '../../../support/kafka-connection.ts'
import { retried } from '../transactional-offsets/retried.ts'

/** Opens a connection to the broker that answers. */
export type Connect = (clientId: string) => Promise<KafkaConnection>

/** Ids in Java's and in Kafka's notation. Topic ids have names. */
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[\w-]{21}[AQgw]\b/g
const TIMEOUT_MS = 10_000
/** The group that waits for a topic. It is deleted. */
export const PROBE_GROUP = 'waits-for-topic'

/**
 * Sends requests to a broker and notes each response as one line of JSON. Ids that the broker
 * chooses are replaced by numbers in the order of their appearance. So the lines of two brokers can
 * be compared.
 */
export class Script {
  readonly #lines: (() => string)[] = []
  readonly #connect: Connect
  readonly #connections = new Map<string, Promise<KafkaConnection>>()
  readonly #uuids = new Map<string, string>()
  readonly #topics = new Map<string, string>()

  constructor(connect: Connect) {
    this.#connect = connect
  }

  /** Returns the lines, in the order of the requests. */
  get lines(): string[] {
    return this.#lines.map((line) => line())
  }

  /** Adds a line: the title of a case, or a value. */
  note(value: unknown): void {
    this.#lines.push(() => JSON.stringify(this.#comparable(value)))
  }

  /**
   * Sends a request on the connection of this client and notes the response, after `select` has
   * chosen what is compared. A client waits for each response, as brokers answer the requests of a
   * connection in order.
   */
  async ask<A extends Api>(
    client: string,
    api: A,
    version: number,
    request: RequestInput<A>,
    select: (response: ResponseOf<A>) => unknown = (response) => response,
  ): Promise<ResponseOf<A>> {
    const { name } = api as { readonly name: string }
    let answer: unknown
    this.#lines.push(() =>
      JSON.stringify([`${client}: ${name} v${version}`, this.#comparable(answer)]),
    )
    const response = await this.silently(client, api, version, request)
    answer = select(response)
    return response
  }

  /** Sends a request without noting the response. */
  async silently<A extends Api>(
    client: string,
    api: A,
    version: number,
    request: RequestInput<A>,
  ): Promise<ResponseOf<A>> {
    const connection = await this.#connection(client)
    return connection.call(api, version, request)
  }

  /** Creates a topic and returns its id. */
  async createTopic(name: string, numPartitions: number): Promise<string> {
    await this.silently('admin', CreateTopics, 7, {
      topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: TIMEOUT_MS,
      validateOnly: false,
    })
    for (;;) {
      const { topics } = await this.silently('admin', Metadata, 12, {
        topics: [{ topicId: ZERO_UUID, name }],
        allowAutoTopicCreation: false,
        includeClusterAuthorizedOperations: false,
        includeTopicAuthorizedOperations: false,
      })
      const { errorCode, topicId } = topics[0]!
      if (errorCode !== 0) continue
      this.#topics.set(topicId, `id of ${name}`)
      return topicId
    }
  }

  /** Waits until the coordinator of groups is available. */
  async awaitCoordinator(): Promise<void> {
    await retried(() =>
      this.silently('admin', FindCoordinator, 3, { key: 'g', keyType: 0, coordinatorKeys: [] }),
    )
    await retried(() =>
      this.silently('admin', Heartbeat, 4, {
        groupId: 'g',
        generationId: 0,
        memberId: '',
        groupInstanceId: null,
      }),
    )
  }

  /** Waits until the coordinator of groups knows the topic. */
  async awaitTopic(topic: string): Promise<void> {
    const groupId = PROBE_GROUP
    const request = {
      groupId,
      memberId: 'probe',
      rebalanceTimeoutMs: TIMEOUT_MS,
      subscribedTopicNames: [topic],
      topicPartitions: [],
    }
    for (;;) {
      const joined = await this.silently('admin', ConsumerGroupHeartbeat, 1, {
        ...request,
        memberEpoch: 0,
      })
      await this.silently('admin', ConsumerGroupHeartbeat, 1, { ...request, memberEpoch: -1 })
      await this.silently('admin', DeleteGroups, 2, { groupsNames: [groupId] })
      if (joined.assignment?.topicPartitions.length !== 0) return
    }
  }

  async close(): Promise<void> {
    for (const connection of this.#connections.values()) (await connection).close()
  }

  #connection(client: string): Promise<KafkaConnection> {
    let connection = this.#connections.get(client)
    if (connection === undefined)
      this.#connections.set(client, (connection = this.#connect(client)))
    return connection
  }

  #comparable(value: unknown): unknown {
    if (typeof value === 'string') return this.#anonymous(value)
    if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
    if (Array.isArray(value)) return sorted(value.map((item) => this.#comparable(item)))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== 'throttleTimeMs')
        .map(([key, item]) => [key, this.#comparable(item)]),
    )
  }

  #anonymous(text: string): string {
    return (
      this.#topics.get(text) ??
      text.replaceAll(UUID, (uuid) => {
        if (uuid === ZERO_UUID) return uuid
        let number = this.#uuids.get(uuid)
        if (number === undefined) {
          number = `#${this.#uuids.size + 1}`
          this.#uuids.set(uuid, number)
        }
        return number
      })
    )
  }
}

/** Brokers return groups, members and the topics of an assignment in the order of a hash map. */
function sorted(items: readonly unknown[]): unknown[] {
  const idOf = (item: unknown): string => {
    const { groupId, memberId, topic } = (item ?? {}) as Readonly<Record<string, unknown>>
    return [groupId, memberId, topic].join(' ')
  }
  return items.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : idOf(a) > idOf(b) ? 1 : 0))
}
