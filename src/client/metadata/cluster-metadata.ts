import { ZERO_UUID } from '../../platform/uuid.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { Metadata } from '../../protocol/messages/index.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import { abortable, throwIfAborted, type Signals } from '../cancellation.ts'
import { BrokerError, check, ClientError, unknownPartition } from '../client-error.ts'
import type { ClientSettings } from '../client-options.ts'
import { parseBootstrapServers, type BrokerAddress } from '../connection/broker-address.ts'
import type { BrokerConnection } from '../connection/broker-connection.ts'
import type { Connections } from '../connection/connections.ts'
import { retry } from '../retry.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { topicMetadata, type BrokerNode, type TopicMetadata } from './topic-metadata.ts'

type MetadataResponse = ResponseOf<typeof Metadata>

/** The leader of a partition. */
export interface Leader {
  readonly node: BrokerNode
  /** -1 if the broker does not send it. */
  readonly epoch: number
}

interface CachedTopic {
  readonly topic: TopicMetadata
  readonly fetchedAtMs: number
}

/**
 * The cluster metadata of the client: brokers, topics and leaders. It is fetched when needed, and
 * again when it is stale.
 */
export class ClusterMetadata {
  readonly #settings: ClientSettings
  readonly #connections: Connections
  readonly #closing: AbortSignal
  readonly #bootstrap: readonly BrokerAddress[]
  readonly #topics = new Map<string, CachedTopic>()
  readonly #topicNames = new Map<string, string>()
  readonly #refreshes = new Map<string, Promise<unknown>>()
  #brokers: ReadonlyMap<number, BrokerNode> = new Map()
  #controllerId = -1
  #unreachableSinceMs: number | undefined
  /** The last time that no broker could be reached. */
  #unreachableAtMs = -Infinity

  /** @throws ClientError `INVALID_ARGUMENT` if `bootstrapServers` is not a list of addresses */
  constructor(settings: ClientSettings, connections: Connections, closing: AbortSignal) {
    this.#settings = settings
    this.#connections = connections
    this.#closing = closing
    this.#bootstrap = parseBootstrapServers(settings.bootstrapServers)
  }

  /** The brokers in the last response, by id. */
  get brokers(): ReadonlyMap<number, BrokerNode> {
    return this.#brokers
  }

  /** Returns a known topic, regardless of the age of its metadata. */
  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)?.topic
  }

  /** Returns the name of a known topic id. */
  nameOfTopic(topicId: string): string | undefined {
    return this.#topicNames.get(topicId)
  }

  /** Returns the known leader of a partition; `undefined` if it has none. */
  leader({ topic, partition }: TopicPartition): Leader | undefined {
    const found = this.topic(topic)?.partitions[partition]
    const node = found && this.#brokers.get(found.leaderId)
    return node && { node, epoch: found.leaderEpoch }
  }

  /** Drops a topic, so that the next use fetches it again. Its leader epochs are kept. */
  invalidate(name: string): void {
    const cached = this.#topics.get(name)
    if (cached !== undefined) this.#topics.set(name, { ...cached, fetchedAtMs: -Infinity })
  }

  /**
   * Adopts the leader that a response contains with an error (KIP-951). Returns whether the leader
   * is new.
   */
  noteLeader(
    { topic, partition }: TopicPartition,
    { leaderId, leaderEpoch }: { readonly leaderId: number; readonly leaderEpoch: number },
    endpoints: readonly BrokerNode[],
  ): boolean {
    const cached = this.#topics.get(topic)
    const known = cached?.topic.partitions[partition]
    if (cached === undefined || known === undefined || leaderEpoch <= known.leaderEpoch)
      return false
    const node = endpoints.find(({ nodeId }) => nodeId === leaderId)
    if (node !== undefined) this.#brokers = new Map(this.#brokers).set(leaderId, node)
    if (!this.#brokers.has(leaderId)) return false
    const partitions = cached.topic.partitions.with(partition, { ...known, leaderId, leaderEpoch })
    this.#topics.set(topic, { ...cached, topic: { ...cached.topic, partitions } })
    return true
  }

  /**
   * Returns a connection to any broker: an open one, or to a known broker, or to one of
   * `bootstrapServers`.
   *
   * @throws ClientError `CONNECTION_FAILED` if none can be reached, `UNREACHABLE` if that has
   * lasted too long
   */
  async any(signals: Signals = []): Promise<BrokerConnection> {
    let failure: unknown
    for (const address of this.#candidates()) {
      throwIfAborted([this.#closing, ...signals])
      try {
        const connection = await this.#connections.get(address, undefined, signals)
        this.#unreachableSinceMs = undefined
        return connection
      } catch (error) {
        failure ??= error
      }
    }
    throwIfAborted([this.#closing, ...signals])
    throw this.#unreachable(failure)
  }

  /**
   * Returns a connection to a broker by its id.
   *
   * @param channel for long requests: see {@link Connections}
   */
  async broker(id: number, channel?: string, signals: Signals = []): Promise<BrokerConnection> {
    if (!this.#brokers.has(id)) await this.fetch([], signals)
    const node = this.#brokers.get(id)
    if (node === undefined) {
      const message = `broker ${id} is not in the metadata of the cluster`
      throw new ClientError('CONNECTION_FAILED', message)
    }
    return this.#connections.get(node, channel, signals)
  }

  /** Returns a connection to the controller, or to a broker that forwards to it. */
  async controller(signals: Signals = []): Promise<BrokerConnection> {
    await this.fetch([], signals)
    const id = this.#controllerId
    return this.#brokers.has(id) ? this.broker(id, undefined, signals) : this.any(signals)
  }

  /**
   * Fetches metadata once.
   *
   * @param names `null` for all topics
   */
  async fetch(
    names: readonly string[] | null,
    signals: Signals = [],
    allowAutoTopicCreation = false,
  ): Promise<MetadataResponse> {
    const connection = await this.any(signals)
    const response = await connection.send(Metadata, {
      topics: names && names.map((name) => ({ name, topicId: ZERO_UUID })),
      allowAutoTopicCreation,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    })
    check(response.errorCode, 'fetching metadata')
    this.#update(response)
    return response
  }

  /**
   * Fetches the metadata of topics again. Concurrent callers share one request. Ignores missing
   * topics.
   */
  async refresh(names: readonly string[], signals: Signals = []): Promise<void> {
    const key = [...names].sort().join('\n')
    let refresh = this.#refreshes.get(key)
    if (refresh === undefined) {
      refresh = this.fetch(names).finally(() => this.#refreshes.delete(key))
      this.#refreshes.set(key, refresh)
    }
    await abortable(refresh, [this.#closing, ...signals])
  }

  /**
   * Returns topics with all their partitions, from the cache if it is recent enough. Waits until
   * each topic exists and can be used.
   *
   * @throws ClientError `UNKNOWN_TOPIC` if one does not exist and may not be created
   */
  async topics(
    names: readonly string[],
    signals: Signals = [],
    allowAutoTopicCreation = false,
  ): Promise<TopicMetadata[]> {
    const stale = names.filter((name) => !this.#isFresh(name))
    if (stale.length > 0) {
      await retry(this.#settings, [this.#closing, ...signals], async () => {
        const response = await this.fetch(stale, signals, allowAutoTopicCreation)
        for (const topic of response.topics) checkTopic(topic, allowAutoTopicCreation)
      })
    }
    return names.map((name) => this.topic(name)!)
  }

  /**
   * Returns the partitions by the id of their leader.
   *
   * @throws ClientError `UNKNOWN_TOPIC` or `UNKNOWN_PARTITION`; BrokerError `LEADER_NOT_AVAILABLE`
   * if one has no leader
   */
  async byLeader<P extends TopicPartition>(
    partitions: readonly P[],
    signals: Signals = [],
  ): Promise<Map<number, P[]>> {
    await this.topics([...new Set(partitions.map(({ topic }) => topic))], signals)
    const byLeader = new Map<number, P[]>()
    for (const wanted of partitions) {
      const { topic, partition } = wanted
      const known = this.topic(topic)!.partitions
      if (known[partition] === undefined) throw unknownPartition(topic, partition, known.length)
      const leader = this.leader(wanted)
      if (leader === undefined) {
        this.invalidate(topic)
        throw new BrokerError(ErrorCode.LeaderNotAvailable, `partition ${topic}-${partition}`)
      }
      const led = byLeader.get(leader.node.nodeId)
      if (led === undefined) byLeader.set(leader.node.nodeId, [wanted])
      else led.push(wanted)
    }
    return byLeader
  }

  #isFresh(name: string): boolean {
    const cached = this.#topics.get(name)
    const { clock, metadataMaxAgeMs } = this.#settings
    return cached !== undefined && clock.now() - cached.fetchedAtMs < metadataMaxAgeMs
  }

  /**
   * Brokers with an open connection come first; the others in random order, so that clients are
   * spread over them.
   */
  #candidates(): BrokerAddress[] {
    const known = shuffled([...this.#brokers.values()], (bound) => this.#settings.random.int(bound))
    const isOpen = (address: BrokerAddress): boolean => this.#connections.isOpen(address)
    const all = [...known, ...this.#bootstrap]
    return [...all.filter(isOpen), ...all.filter((address) => !isOpen(address))]
  }

  #unreachable(failure: unknown): unknown {
    const { clock, unreachableTimeoutMs, bootstrapServers } = this.#settings
    const nowMs = clock.now()
    // A failure long after the last one does not mean that brokers were unreachable in between.
    if (nowMs - this.#unreachableAtMs > unreachableTimeoutMs) this.#unreachableSinceMs = undefined
    this.#unreachableAtMs = nowMs
    this.#unreachableSinceMs ??= nowMs
    if (nowMs - this.#unreachableSinceMs < unreachableTimeoutMs) return failure
    const reason = failure instanceof Error ? failure.message : String(failure)
    return new ClientError('UNREACHABLE', reason, {
      cause: failure,
      advice: `Check that a broker runs, and that ${bootstrapServers} is its address.`,
    })
  }

  #update({ brokers, controllerId, topics }: MetadataResponse): void {
    if (brokers.length > 0) this.#brokers = new Map(brokers.map((node) => [node.nodeId, node]))
    this.#controllerId = controllerId
    const fetchedAtMs = this.#settings.clock.now()
    for (const topic of topics) {
      const { name, errorCode } = topic
      if (name === null) continue
      if (errorCode === ErrorCode.None) {
        const known = topicMetadata({ ...topic, name }, this.topic(name))
        this.#topics.set(name, { topic: known, fetchedAtMs })
        this.#topicNames.set(topic.topicId, name)
      } else if (errorCode === ErrorCode.UnknownTopicOrPartition) {
        this.#topics.delete(name)
      }
    }
  }
}

function checkTopic(
  { name, errorCode, partitions }: MetadataResponse['topics'][number],
  allowAutoTopicCreation: boolean,
): void {
  if (errorCode === ErrorCode.UnknownTopicOrPartition && !allowAutoTopicCreation)
    throw new ClientError('UNKNOWN_TOPIC', `topic ${name} does not exist`, {
      advice: 'Check its name, or create it first.',
    })
  check(errorCode, `topic ${name}`)
  for (const { errorCode, partitionIndex } of partitions) {
    // The leader can be used although other replicas are offline.
    if (errorCode !== ErrorCode.ReplicaNotAvailable)
      check(errorCode, `partition ${name}-${partitionIndex}`)
  }
}

/** Fisher–Yates shuffle. */
function shuffled<T>(items: T[], int: (bound: number) => number): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = int(last + 1)
    const item = items[last]!
    items[last] = items[other]!
    items[other] = item
  }
  return items
}
