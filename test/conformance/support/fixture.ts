import kafkajs from 'kafkajs'
import type { Admin, Producer } from 'kafkajs'
import { vi } from 'vitest'
import { waitMs } from './patience.ts'

/** What a test needs done by somebody other than the client under test. */
export class Fixture {
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
    this.#admin = kafka.admin({ retry: { retries: 1, initialRetryTime: 50 } })
    this.#producer = kafka.producer()
  }

  async connect(): Promise<void> {
    await Promise.all([this.#admin.connect(), this.#producer.connect()])
  }

  /** Creates a topic and waits until its partitions have leaders. */
  async createTopic(topic: string, partitions = 1): Promise<void> {
    const topics = [{ topic, numPartitions: partitions }]
    // kafkajs takes UNKNOWN_TOPIC_OR_PARTITION while it waits for leaders for the end: waited for here.
    await this.#admin.createTopics({ topics, waitForLeaders: false })
    await vi.waitFor(() => this.#admin.fetchTopicMetadata({ topics: [topic] }), {
      timeout: waitMs,
      interval: 20,
    })
  }

  /** One record into each partition: the values say which, and they are returned in partition order. */
  async produceToEach(topic: string, partitions: number, round: string): Promise<string[]> {
    const values = Array.from({ length: partitions }, (_, partition) => `${round}-${partition}`)
    const messages = values.map((value, partition) => ({ value, partition }))
    await this.#producer.send({ topic, messages })
    return values
  }

  /** The ids of a group's members, in order. */
  async memberIds(group: string): Promise<string[]> {
    const { groups } = await this.#admin.describeGroups([group])
    return groups[0]!.members.map(({ memberId }) => memberId).toSorted()
  }

  async close(): Promise<void> {
    await Promise.all([this.#admin.disconnect(), this.#producer.disconnect()])
  }
}
