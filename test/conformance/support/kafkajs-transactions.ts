import type { Consumer, Kafka, Producer, Transaction } from 'kafkajs'
import type { ConsumedRecord, TransactionOperations } from './client.ts'

/** The parts of the kafkajs client that transactions share with the rest. */
interface KafkajsParts {
  newConsumer(group: string, topic: string): Promise<Consumer>
  /** Reads this number of records, and leaves the consumer running. */
  read(consumer: Consumer, count: number): Promise<ConsumedRecord[]>
  leave(consumer: Consumer): Promise<void>
  /** Returns the error as it is, or the refusal of the broker. */
  refusalOf(error: unknown): unknown
}

/** The transactional producers of kafkajs, by the test's names. */
export class KafkajsTransactions implements TransactionOperations {
  readonly #kafka: Kafka
  readonly #parts: KafkajsParts
  readonly #producers = new Map<string, Producer>()
  readonly #transactions = new Map<string, Transaction>()

  constructor(kafka: Kafka, parts: KafkajsParts) {
    this.#kafka = kafka
    this.#parts = parts
  }

  async initProducer({
    producer: name,
    transactionalId,
    transactionTimeoutMs = 60_000,
  }: Parameters<TransactionOperations['initProducer']>[0]): Promise<void> {
    const producer = this.#kafka.producer({
      transactionalId,
      transactionTimeout: transactionTimeoutMs,
      idempotent: true,
      maxInFlightRequests: 1,
    })
    this.#producers.set(name, producer)
    await producer.connect()
  }

  async beginTransaction({ producer }: { producer: string }): Promise<void> {
    this.#transactions.set(producer, await this.#producers.get(producer)!.transaction())
  }

  async produceInTransaction(
    args: Parameters<TransactionOperations['produceInTransaction']>[0],
  ): Promise<void> {
    const { producer, topic, records } = args
    const messages = records.map(({ key, value }) => ({ key, value }))
    await this.#transactions.get(producer)!.send({ topic, messages })
  }

  async endTransaction(args: { producer: string; commits: boolean }): Promise<void> {
    const transaction = this.#transactions.get(args.producer)!
    try {
      await (args.commits ? transaction.commit() : transaction.abort())
    } catch (error) {
      throw this.#parts.refusalOf(error)
    }
  }

  async transform(
    args: Parameters<TransactionOperations['transform']>[0],
  ): Promise<ConsumedRecord[]> {
    const { producer, group, from, to, count, commits } = args
    const consumer = await this.#parts.newConsumer(group, from)
    const records = await this.#parts.read(consumer, count)
    await this.beginTransaction({ producer })
    await this.produceInTransaction({ producer, topic: to, records })
    const next = new Map(records.map(({ partition, offset }) => [partition, offset + 1]))
    const partitions = [...next].map(([partition, offset]) => ({
      partition,
      offset: String(offset),
    }))
    await this.#transactions.get(producer)!.sendOffsets({
      consumerGroupId: group,
      topics: [{ topic: from, partitions }],
    })
    await this.endTransaction({ producer, commits })
    await this.#parts.leave(consumer)
    return records
  }

  async close(): Promise<void> {
    for (const producer of this.#producers.values()) await producer.disconnect()
  }
}
