import { ClientError } from '../../../src/client/client-error.ts'
import type { Consumer } from '../../../src/client/consumer/consumer.ts'
import type { ConsumerRecord } from '../../../src/client/consumer/consumer-record.ts'
import type { KafkaClient } from '../../../src/client/kafka-client.ts'
import type { Producer } from '../../../src/client/producer/producer.ts'
import { partitionsOf } from './transactional-clients.ts'

const partitions = partitionsOf('orders')

/** Options of a {@link RecordCopier}. */
export interface CopierOptions {
  readonly transactionalId: string
  /** Whether it gets its partitions as a member of the group; otherwise it reads all of them. */
  readonly isMember: boolean
}

/** Copies records from `orders` to `invoices` in transactions, with the offsets of group `g`. */
export class RecordCopier {
  readonly #consumer: Consumer
  readonly #producer: Producer
  readonly #isMember: boolean
  #isInitialized = false
  #mustRewind = false

  constructor(client: KafkaClient, { transactionalId, isMember }: CopierOptions) {
    this.#isMember = isMember
    this.#consumer = client.consumer({
      groupId: 'g',
      autoOffsetReset: 'earliest',
      autoCommit: false,
      maxPollIntervalMs: 10_000,
    })
    if (isMember) this.#consumer.subscribe(['orders'])
    else this.#consumer.assign(partitions)
    this.#producer = client.producer({ transactionalId, deliveryTimeoutMs: 600_000 })
  }

  /** Returns the number of records that were copied by all copiers. */
  async copiedCount(): Promise<number> {
    const committed = await this.#consumer.committed(partitions)
    return committed.reduce((sum, { offset }) => sum + offset, 0)
  }

  /**
   * Copies some records, unless the transaction is to be aborted. After an error the next call
   * continues at the committed offsets. Returns whether the copier can be used again.
   */
  async copy(maxCount: number, isAborted: boolean): Promise<boolean> {
    try {
      if (!this.#isInitialized) await this.#producer.initTransactions()
      this.#isInitialized = true
      if (this.#mustRewind) await this.#rewind()
      await this.#copy(await this.#poll(maxCount), isAborted)
      return true
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      this.#mustRewind = true
      if (error.code !== 'TRANSACTION_ABORTABLE') return false
      return this.#producer.abortTransaction().then(
        () => true,
        () => false,
      )
    }
  }

  async #poll(maxCount: number): Promise<ConsumerRecord[]> {
    const polled = await this.#consumer.poll({ timeoutMs: 200 })
    const [records, unread] = [polled.slice(0, maxCount), polled.slice(maxCount)]
    for (const each of unread.reverse()) this.#consumer.seek(each, each.offset)
    return records
  }

  async #copy(records: readonly ConsumerRecord[], isAborted: boolean): Promise<void> {
    if (records.length === 0) return
    const producer = this.#producer
    producer.beginTransaction()
    // The commit fails if one of them fails.
    for (const { partition, value } of records)
      producer.send({ topic: 'invoices', partition, value }).catch(() => {})
    const next = new Map(records.map(({ partition, offset }) => [partition, offset + 1]))
    const offsets = Array.from(next, ([partition, offset]) => ({
      topic: 'orders',
      partition,
      offset,
    }))
    const group = this.#isMember ? this.#consumer.groupMetadata : { groupId: 'g' }
    await producer.sendOffsetsToTransaction(offsets, group)
    this.#mustRewind = isAborted
    await (isAborted ? producer.abortTransaction() : producer.commitTransaction())
  }

  async #rewind(): Promise<void> {
    const consumer = this.#consumer
    const { assignment } = consumer
    const committed = await consumer.committed(assignment)
    consumer.seekToBeginning(assignment)
    for (const each of committed) consumer.seek(each, each.offset)
    this.#mustRewind = false
  }
}
