import { ErrorCode } from '../protocol/error-code.ts'
import { FindCoordinator, ListOffsets, Metadata } from '../protocol/messages/index.ts'
import type { ResponseOf } from '../protocol/schema/index.ts'
import { ZERO_UUID } from '../platform/uuid.ts'
import { parseBootstrapServers } from './broker-address.ts'
import type { BrokerAddress } from './broker-address.ts'
import { BrokerConnection } from './broker-connection.ts'
import type { Surroundings } from './broker-connection.ts'
import { check, ClientError } from './client-error.ts'
import { groupByTopic } from './topic-partition.ts'
import type { TopicPartition } from './topic-partition.ts'

/** How long errors that pass by themselves are waited out. */
const RETRY_FOR_MS = 30_000
const RETRY_INTERVAL_MS = 100

type MetadataResponse = ResponseOf<typeof Metadata>
export type TopicMetadata = MetadataResponse['topics'][number]

/** Timestamps of ListOffsets that stand for an offset rather than a time. */
export const LATEST = -1
export const EARLIEST = -2

/** A client of a whole cluster: finds leaders and coordinators, and keeps a connection to each broker it talks to. */
export class ClusterClient {
  readonly #surroundings: Surroundings
  readonly #bootstrap: BrokerConnection
  readonly #addresses = new Map<number, BrokerAddress>()
  readonly #connections = new Map<number, Promise<BrokerConnection>>()
  readonly #ownConnections: BrokerConnection[] = []
  #controllerId = -1

  /**
   * @param bootstrapServers `host:port,…`; the first that answers is taken
   * @throws ClientError `CONNECTION_FAILED` when none does
   */
  static async connect(
    bootstrapServers: string,
    surroundings: Surroundings,
  ): Promise<ClusterClient> {
    let failure: unknown
    for (const address of parseBootstrapServers(bootstrapServers)) {
      try {
        return new ClusterClient(await BrokerConnection.open(address, surroundings), surroundings)
      } catch (error) {
        failure ??= error
      }
    }
    throw failure
  }

  private constructor(bootstrap: BrokerConnection, surroundings: Surroundings) {
    this.#bootstrap = bootstrap
    this.#surroundings = surroundings
  }

  /** Any broker, for requests that every broker answers. */
  get any(): BrokerConnection {
    return this.#bootstrap
  }

  /** @param topics names; `null` is all */
  async metadata(
    topics: readonly string[] | null,
    allowAutoTopicCreation = false,
  ): Promise<MetadataResponse> {
    const request = {
      topics: topics && topics.map((name) => ({ name, topicId: ZERO_UUID })),
      allowAutoTopicCreation,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    }
    const response = await this.#bootstrap.send(Metadata, request)
    for (const { nodeId, host, port } of response.brokers)
      this.#addresses.set(nodeId, { host, port })
    this.#controllerId = response.controllerId
    return response
  }

  /** The topics with all their partitions, once every one has a leader. */
  topics(names: readonly string[], allowAutoTopicCreation = false): Promise<TopicMetadata[]> {
    return this.retry(async () => {
      const { topics } = await this.metadata(names, allowAutoTopicCreation)
      for (const { errorCode, name, partitions } of topics) {
        const wasMissing =
          errorCode === ErrorCode.UnknownTopicOrPartition && !allowAutoTopicCreation
        if (wasMissing) throw new ClientError('UNKNOWN_TOPIC', `topic ${name} does not exist`)
        check(errorCode, `topic ${name}`)
        for (const { errorCode, partitionIndex } of partitions)
          check(errorCode, `partition ${name}-${partitionIndex}`)
      }
      return topics
    })
  }

  /** The shared connection to a broker of the cluster. */
  broker(nodeId: number): Promise<BrokerConnection> {
    let connection = this.#connections.get(nodeId)
    connection ??= this.#open(nodeId)
    this.#connections.set(nodeId, connection)
    return connection
  }

  async controller(): Promise<BrokerConnection> {
    await this.metadata([])
    return this.#controllerId < 0 ? this.#bootstrap : this.broker(this.#controllerId)
  }

  /** A connection of its own to the coordinator of a group, because JoinGroup holds up what comes after it. */
  coordinator(groupId: string): Promise<BrokerConnection> {
    return this.retry(async () => {
      const found = await this.#bootstrap.send(
        FindCoordinator,
        { key: groupId, coordinatorKeys: [] },
        3,
      )
      check(found.errorCode, `the coordinator of group ${groupId}`, found.errorMessage)
      const connection = await BrokerConnection.open(found, this.#surroundings)
      this.#ownConnections.push(connection)
      return connection
    })
  }

  /** Partitions by the id of their leader. */
  async leaders<P extends TopicPartition>(partitions: readonly P[]): Promise<Map<number, P[]>> {
    const topics = await this.topics([...new Set(partitions.map(({ topic }) => topic))])
    const byLeader = new Map<number, P[]>()
    for (const wanted of partitions) {
      const topic = topics.find(({ name }) => name === wanted.topic)
      const partition = topic?.partitions.find(
        ({ partitionIndex }) => partitionIndex === wanted.partition,
      )
      if (partition === undefined)
        throw new ClientError(
          'UNKNOWN_PARTITION',
          `topic ${wanted.topic} has no partition ${wanted.partition}`,
        )
      const led = byLeader.get(partition.leaderId)
      if (led === undefined) byLeader.set(partition.leaderId, [wanted])
      else led.push(wanted)
    }
    return byLeader
  }

  /**
   * The offset of the first record at or after a timestamp, or of {@link LATEST} or {@link EARLIEST}, in the order of
   * the partitions; -1 where there is none.
   */
  offsets(
    partitions: readonly (TopicPartition & { readonly timestamp: number })[],
  ): Promise<number[]> {
    return this.retry(async () => {
      const found = new Map<TopicPartition, number>()
      for (const [leaderId, led] of await this.leaders(partitions)) {
        const broker = await this.broker(leaderId)
        const topics = groupByTopic(led, ({ partition, timestamp }) => ({
          partitionIndex: partition,
          timestamp,
        }))
        const response = await broker.send(ListOffsets, {
          replicaId: -1,
          isolationLevel: 0,
          topics,
          timeoutMs: 30_000,
        })
        for (const { name, partitions } of response.topics) {
          for (const { partitionIndex, errorCode, offset } of partitions) {
            check(errorCode, `the offsets of ${name}-${partitionIndex}`)
            found.set(
              led.find((p) => p.topic === name && p.partition === partitionIndex)!,
              offset,
            )
          }
        }
      }
      return partitions.map((partition) => found.get(partition)!)
    })
  }

  /** Tries again while the broker answers with an error that passes, or a broker is away. */
  async retry<T>(operation: () => Promise<T>): Promise<T> {
    const { clock } = this.#surroundings
    const untilMs = clock.now() + RETRY_FOR_MS
    for (;;) {
      try {
        return await operation()
      } catch (error) {
        const passes = error instanceof ClientError && error.isRetriable
        if (!passes || this.#bootstrap.isClosed || clock.now() >= untilMs) throw error
      }
      await this.sleep(RETRY_INTERVAL_MS)
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#surroundings.clock.schedule(ms, resolve))
  }

  /** Hangs up everywhere. */
  async close(): Promise<void> {
    const shared = await Promise.allSettled(this.#connections.values())
    for (const result of shared) if (result.status === 'fulfilled') result.value.close()
    for (const connection of this.#ownConnections) connection.close()
    this.#bootstrap.close()
  }

  async #open(nodeId: number): Promise<BrokerConnection> {
    const address = this.#addresses.get(nodeId)
    if (address === undefined)
      throw new ClientError('CONNECTION_FAILED', `broker ${nodeId} is not there`)
    return BrokerConnection.open(address, this.#surroundings)
  }
}
