import type { Writable } from 'node:stream'
import { ClientError } from '../client/client-error.ts'
import type { Consumer } from '../client/consumer/consumer.ts'
import type { ConsumerRecord } from '../client/consumer/consumer-record.ts'
import type { KafkaClient } from '../client/kafka-client.ts'
import { OffsetSpec, type IsolationLevel } from '../client/list-offsets.ts'
import { nameOf, type TopicPartition } from '../client/topic-partition.ts'
import type { RecordFormatter } from './record-format.ts'
import { offsetsAt, resolveStart } from './start-offset.ts'
import type { StartOffset } from './start-offset.ts'
import { print } from './terminal.ts'

export interface ConsumptionOptions {
  readonly formatter: RecordFormatter
  readonly output: Writable
  /** Whether to stop at the end of the partitions. */
  readonly isExitingAtEnd: boolean
  /** The number of records after which to stop. */
  readonly maxRecords: number
  /** The start offset in partitions without a committed offset. */
  readonly start: StartOffset
  readonly isolationLevel: IsolationLevel
}

/** Prints the records of partitions until it is done, or until it is stopped. */
export class Consumption {
  readonly #client: KafkaClient
  readonly #options: ConsumptionOptions
  readonly #stopping: AbortSignal
  /** The end offsets when reading began; `undefined` until partitions are assigned. */
  #ends: ReadonlyMap<string, number> | undefined
  #count = 0

  /** @param stopping ends the consumption when it is aborted */
  constructor(client: KafkaClient, options: ConsumptionOptions, stopping: AbortSignal) {
    this.#client = client
    this.#options = options
    this.#stopping = stopping
  }

  /** Reads partitions, from the start on. */
  async ofPartitions(partitions: readonly TopicPartition[]): Promise<void> {
    const { isolationLevel, start } = this.#options
    const consumer = this.#client.consumer({ isolationLevel })
    consumer.assign(partitions)
    const offsets = await resolveStart(this.#client, partitions, start, isolationLevel)
    partitions.forEach((partition, i) => consumer.seek(partition, offsets[i]!))
    await this.#noteEnds(partitions)
    await this.#run(consumer)
  }

  /**
   * Reads topics as a member of a group: from the committed offsets on, and commits what was
   * printed.
   */
  async inGroup(groupId: string, topics: readonly string[]): Promise<void> {
    // A missing topic is an error, as it is without a group.
    await this.#client.admin.topics.describe(topics)
    const { isolationLevel } = this.#options
    const consumer = this.#client.consumer({
      groupId,
      isolationLevel,
      allowAutoTopicCreation: false,
    })
    consumer.subscribe(topics, {
      onAssigned: async (partitions) => {
        await this.#seek(consumer, partitions)
        await this.#noteEnds(consumer.assignment)
      },
    })
    await this.#run(consumer)
  }

  async #seek(consumer: Consumer, partitions: readonly TopicPartition[]): Promise<void> {
    const { isolationLevel, start } = this.#options
    const committed = await consumer.committed(partitions)
    for (const each of committed) consumer.seek(each, each.offset)
    const names = new Set(committed.map(nameOf))
    const fresh = partitions.filter((partition) => !names.has(nameOf(partition)))
    if (fresh.length === 0) return
    const offsets = await resolveStart(this.#client, fresh, start, isolationLevel)
    fresh.forEach((partition, i) => consumer.seek(partition, offsets[i]!))
  }

  async #noteEnds(partitions: readonly TopicPartition[]): Promise<void> {
    const { isExitingAtEnd, isolationLevel } = this.#options
    const ends = isExitingAtEnd
      ? await offsetsAt(this.#client, partitions, OffsetSpec.Latest, isolationLevel)
      : []
    this.#ends = new Map(ends.map((end, i) => [nameOf(partitions[i]!), end]))
  }

  async #run(consumer: Consumer): Promise<void> {
    try {
      while (!this.#isDone(consumer)) {
        const records = await this.#poll(consumer)
        await this.#print(consumer, records)
      }
    } finally {
      // Commits what was printed, and leaves the group.
      await consumer.close()
    }
  }

  #isDone(consumer: Consumer): boolean {
    if (this.#stopping.aborted || this.#count >= this.#options.maxRecords) return true
    if (!this.#options.isExitingAtEnd || this.#ends === undefined) return false
    return consumer.assignment.every((partition) => {
      const lag = consumer.currentLag(partition)
      const position = consumer.position(partition)
      if (lag !== undefined || position === undefined) return lag === 0
      return position >= this.#ends!.get(nameOf(partition))!
    })
  }

  async #poll(consumer: Consumer): Promise<ConsumerRecord[]> {
    try {
      return await consumer.poll({ signal: this.#stopping })
    } catch (error) {
      if (error instanceof ClientError && error.code === 'ABORTED') return []
      throw error
    }
  }

  async #print(consumer: Consumer, records: readonly ConsumerRecord[]): Promise<void> {
    const { formatter, output, maxRecords } = this.#options
    const wanted = records.slice(0, maxRecords - this.#count)
    if (wanted.length > 0) await print(output, Buffer.concat(wanted.map(formatter)))
    this.#count += wanted.length
    // These records are not printed, so the next member of the group must read them.
    for (const unread of records.slice(wanted.length).reverse())
      consumer.seek(unread, unread.offset)
  }
}
