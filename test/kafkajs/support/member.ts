import { EventEmitter, once } from 'node:events'
import type { Consumer, ConsumerConfig, EachMessagePayload, Kafka, KafkaMessage } from 'kafkajs'
import { onTestFinished } from 'vitest'

/** A record in comparable form. */
export interface Received {
  readonly partition: number
  readonly offset: string
  readonly key: string | null
  readonly value: string | null
  readonly headers: Readonly<Record<string, string>>
}

/** A running consumer of one topic, and its events. It leaves its group at the end of the test. */
export class Member {
  readonly consumer: Consumer
  readonly received: Received[] = []
  partitions: readonly number[] = []
  readonly #topic: string
  readonly #changed = new EventEmitter()
  #isGone = false

  static async join(
    kafka: Kafka,
    topic: string,
    options: Partial<ConsumerConfig> & { groupId: string },
  ): Promise<Member> {
    const consumer = kafka.consumer({ heartbeatInterval: 50, maxWaitTimeInMs: 100, ...options })
    const member = new Member(consumer, topic)
    onTestFinished(() => member.leave())
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ eachMessage: async (payload) => member.#onMessage(payload) })
    return member
  }

  private constructor(consumer: Consumer, topic: string) {
    this.consumer = consumer
    this.#topic = topic
    consumer.on('consumer.group_join', ({ payload }) => {
      this.partitions = payload.memberAssignment[topic] ?? []
      this.#changed.emit('change')
    })
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) this.#changed.emit('error', payload.error)
    })
  }

  /** Resolves when the member has this many partitions. */
  async holds(count: number): Promise<readonly number[]> {
    while (this.partitions.length !== count) await once(this.#changed, 'change')
    return this.partitions
  }

  /** Resolves when this many records have arrived. */
  async receives(count: number): Promise<Received[]> {
    while (this.received.length < count) await once(this.#changed, 'change')
    return this.received
  }

  /** Commits what was received, and leaves the group. */
  async leave(): Promise<void> {
    if (this.#isGone) return
    this.#isGone = true
    await this.consumer.disconnect()
  }

  #onMessage({ topic, partition, message }: EachMessagePayload): void {
    if (topic !== this.#topic) throw new Error(`a record of ${topic} came`)
    this.received.push(receivedFrom(partition, message))
    this.#changed.emit('change')
  }
}

function receivedFrom(partition: number, { offset, key, value, headers }: KafkaMessage): Received {
  return {
    partition,
    offset,
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    headers: Object.fromEntries(
      Object.entries(headers ?? {}).map(([name, header]) => [name, String(header)]),
    ),
  }
}
