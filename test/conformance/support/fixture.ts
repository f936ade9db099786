import kafkajs from 'kafkajs'
import type { Admin, Kafka, Producer } from 'kafkajs'
import { vi } from 'vitest'
import { waitMs } from './patience.ts'

/** Does things for a test that the client under test must not do. */
export class Fixture {
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #producer: Producer

  constructor(bootstrapServers: string) {
    const kafka = new kafkajs.Kafka({
      clientId: 'fixture',
      brokers: bootstrapServers.split(','),
      logLevel: kafkajs.logLevel.NOTHING,
      connectionTimeout: waitMs,
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 60 },
    })
    this.#kafka = kafka
    this.#admin = kafka.admin({ retry: { retries: 1, initialRetryTime: 50 } })
    this.#producer = kafka.producer()
  }

  async connect(): Promise<void> {
    await Promise.all([this.#admin.connect(), this.#producer.connect()])
  }

  /** Creates a topic and waits until its partitions have leaders. */
  async createTopic(topic: string, partitions = 1): Promise<void> {
    const topics = [{ topic, numPartitions: partitions }]
    // kafkajs treats UNKNOWN_TOPIC_OR_PARTITION as final while it waits for leaders, so the wait is
    // here.
    await this.#admin.createTopics({ topics, waitForLeaders: false })
    await vi.waitFor(() => this.#admin.fetchTopicMetadata({ topics: [topic] }), {
      timeout: waitMs,
      interval: 20,
    })
  }

  /**
   * Produces one record to each partition. Returns their values, in the order of the partitions.
   */
  async produceToEach(topic: string, partitions: number, round: string): Promise<string[]> {
    const values = Array.from({ length: partitions }, (_, partition) => `${round}-${partition}`)
    const messages = values.map((value, partition) => ({ value, partition }))
    await this.#producer.send({ topic, messages })
    return values
  }

  /** Produces records in one transaction per entry, with one producer. */
  async produceTransactions(
    topic: string,
    transactions: readonly {
      records: readonly { key: string; value: string }[]
      commits: boolean
    }[],
  ): Promise<void> {
    const producer = this.#kafka.producer({
      transactionalId: `fixture-${topic}`,
      idempotent: true,
      maxInFlightRequests: 1,
    })
    await producer.connect()
    for (const { records, commits } of transactions) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [...records] })
      await (commits ? transaction.commit() : transaction.abort())
    }
    await producer.disconnect()
  }

  /** Returns the ids of a group's members, in order. */
  async memberIds(group: string): Promise<string[]> {
    const { groups } = await this.#admin.describeGroups([group])
    return groups[0]!.members.map(({ memberId }) => memberId).toSorted()
  }

  /** Returns the number of records after the committed offsets of a group. */
  async lag(groupId: string, topic: string): Promise<number> {
    const [committed] = await this.#admin.fetchOffsets({ groupId, topics: [topic] })
    const ends = await this.#admin.fetchTopicOffsets(topic)
    const lags = ends.map(({ partition, high }) => {
      const { offset } = committed!.partitions.find((each) => each.partition === partition)!
      return Number(high) - Math.max(Number(offset), 0)
    })
    return lags.reduce((sum, lag) => sum + lag, 0)
  }

  async close(): Promise<void> {
    await Promise.all([this.#admin.disconnect(), this.#producer.disconnect()])
  }
}
