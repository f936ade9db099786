import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { Metadata } from '../../../../src/protocol/messages/03-metadata.ts'
import { FindCoordinator } from '../../../../src/protocol/messages/10-find-coordinator.ts'
import type { Api, RequestInput, ResponseOf } from '../../../../src/protocol/schema/index.ts'
import type { Dice } from '../../dice.ts'
import type { ListedTopic, TopicModel } from '../model/topics-model.ts'
import type { World } from '../world.ts'
import { ClientConnection, ConnectionLost, type CallOptions } from './client-connection.ts'

/** Thrown when a closed client is asked to send a request. */
export class ClientClosed extends Error {
  override readonly name = 'ClientClosed'
}

/** The types of coordinators in FindCoordinator. */
const GROUP = 0
export const TRANSACTION = 1
type CoordinatorType = typeof GROUP | typeof TRANSACTION

/** A Kafka client: its connections and its cached metadata. */
export class Client {
  readonly name: string
  readonly world: World
  readonly dice: Dice
  readonly #connections = new Map<number, ClientConnection>()
  /** The ports of leaders, by topic id and partition. */
  readonly #leaders = new Map<string, number>()
  readonly #topicIds = new Map<string, string>()
  readonly #coordinators = new Map<string, number>()
  #isClosed = false
  /** The last time that one of the replaced connections closed. */
  #replacedAtMs = -Infinity

  constructor(world: World, name: string, dice: Dice) {
    this.world = world
    this.name = name
    this.dice = dice
  }

  get nowMs(): number {
    return this.world.time.nowMs
  }

  /**
   * Whether a coordinator may have removed a dynamic member of this client because a connection has
   * closed since its last request. Profile `test` does this.
   */
  mayBeRemovedSince(sentAtMs: number): boolean {
    return this.world.settings.profile === 'test' && this.hasLostConnectionSince(sentAtMs)
  }

  /** Whether a connection of this client has closed at this time or later. */
  hasLostConnectionSince(sentAtMs: number): boolean {
    const closedAtMs = [...this.#connections.values()].map((each) => each.closedAtMs)
    return Math.max(this.#replacedAtMs, ...closedAtMs) >= sentAtMs
  }

  pass(ms: number): Promise<void> {
    return this.world.time.pass(ms)
  }

  note(what: () => string): void {
    this.world.trace.note(this.name, what)
  }

  /** Returns the connection to a port. Opens one if there is none. */
  connection(port: number): ClientConnection {
    if (this.#isClosed) throw new ClientClosed('the client is closed')
    const known = this.#connections.get(port)
    if (known !== undefined && !known.isClosed) return known
    this.#replacedAtMs = Math.max(this.#replacedAtMs, known?.closedAtMs ?? -Infinity)
    const connection = new ClientConnection(this.world, this.name, port)
    this.#connections.set(port, connection)
    return connection
  }

  /** Sends a request to the broker at a port. Rejects with `ConnectionLost`. */
  call<A extends Api>(
    port: number,
    api: A,
    version: number,
    request: RequestInput<A>,
    options?: CallOptions,
  ): Promise<ResponseOf<A>> {
    return this.connection(port).call(api, version, request, options)
  }

  /** Returns a random version of the range. */
  version(low: number, high: number): number {
    return this.dice.between(low, high)
  }

  /** Repeats a request until there is a response. Only for requests that may take effect twice. */
  async ask<A extends Api>(
    port: () => Promise<number>,
    api: A,
    version: number,
    request: RequestInput<A>,
  ): Promise<{ response: ResponseOf<A>; sentAtMs: number }> {
    for (;;) {
      const to = await port()
      const sentAtMs = this.nowMs
      const response = await orLost(this.call(to, api, version, request))
      if (response !== undefined) return { response, sentAtMs }
      await this.backOff()
    }
  }

  backOff(): Promise<void> {
    return this.pass(this.dice.between(20, 150))
  }

  readonly anyPort = async (): Promise<number> => this.world.anyPort(this.dice)

  /** Refreshes the cached metadata, and checks it. Returns the topics. */
  async refresh(port = this.anyPort): Promise<readonly ListedTopic[]> {
    const version = this.version(12, 13)
    const request = {
      topics: null,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    }
    let askedPort = 0
    const ask = async () => (askedPort = await port())
    const { response, sentAtMs } = await this.ask(ask, Metadata, version, request)
    const { nowMs } = this
    this.world.model.topics.checkListed(response.topics, { port: askedPort, sentAtMs, nowMs })
    this.#leaders.clear()
    this.#topicIds.clear()
    const ports = new Map(response.brokers.map(({ nodeId, port }) => [nodeId, port]))
    for (const { name, topicId, partitions } of response.topics) {
      this.#topicIds.set(name!, topicId)
      for (const { partitionIndex, leaderId } of partitions) {
        const leaderPort = ports.get(leaderId)
        if (leaderPort !== undefined) this.#leaders.set(`${topicId} ${partitionIndex}`, leaderPort)
      }
    }
    return response.topics
  }

  /** Returns a topic by its name, from the cached metadata. */
  async topic(name: string): Promise<TopicModel | undefined> {
    const id = this.#topicIds.get(name)
    if (id === undefined) await this.refresh()
    return this.world.model.topics.topics.get(id ?? this.#topicIds.get(name) ?? '')
  }

  /**
   * Returns the port of a partition's leader, from the cached metadata. Refreshes the metadata if
   * it has no leader. Returns undefined if there is none.
   */
  async leaderPort(topicId: string, partition: number): Promise<number | undefined> {
    const key = `${topicId} ${partition}`
    if (!this.#leaders.has(key)) await this.refresh()
    return this.#leaders.get(key)
  }

  /** Forgets everything that was known. */
  forgetLeaders(): void {
    this.#leaders.clear()
    this.#topicIds.clear()
  }

  /** Forgets the coordinator of a group or a transactional id. */
  forgetCoordinator(key: string): void {
    this.#coordinators.delete(key)
  }

  /** Returns the port of the coordinator of a group or a transactional id. */
  async coordinatorPort(key: string, keyType: CoordinatorType = GROUP): Promise<number> {
    for (;;) {
      const known = this.#coordinators.get(key)
      if (known !== undefined) return known
      const version = this.version(4, 6)
      const request = { key, keyType, coordinatorKeys: [key] }
      const { response } = await this.ask(this.anyPort, FindCoordinator, version, request)
      const [found] = response.coordinators
      if (found?.errorCode === ErrorCode.None) this.#coordinators.set(key, found.port)
      else if (found?.errorCode === ErrorCode.CoordinatorNotAvailable) await this.backOff()
      else this.world.disagree(`FindCoordinator is answered with error ${found?.errorCode}`)
    }
  }

  /** Closes all connections. Later requests throw {@link ClientClosed}. */
  close(): void {
    this.#isClosed = true
    for (const connection of this.#connections.values()) connection.close('the client closes')
  }
}

/** Lives until the client is closed or the life ends. Closes the client. */
export async function liveUntilClosed(client: Client, live: () => Promise<void>): Promise<void> {
  try {
    await live()
  } catch (error) {
    if (!(error instanceof ClientClosed)) throw error
  }
  client.close()
}

/** Resolves with the response, or with undefined when the connection was lost. */
export async function orLost<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ConnectionLost) return undefined
    throw error
  }
}
