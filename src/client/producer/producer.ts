import { onceAborted } from '../../platform/abort-listeners.ts'
import { BATCH_OVERHEAD } from '../../record/batch-layout.ts'
import { abortable, sleep, throwIfAborted, type Signals } from '../cancellation.ts'
import type { ClientCore } from '../client-core.ts'
import { ClientError, unknownPartition } from '../client-error.ts'
import type { TopicMetadata } from '../metadata/topic-metadata.ts'
import type { CommittedOffset } from '../group/committed-offsets.ts'
import type { ConsumerGroupMetadata } from '../group/consumer-group-metadata.ts'
import { Delivery } from './delivery.ts'
import { IdempotentState } from './idempotent-state.ts'
import {
  producerSettings,
  type ProducerOptions,
  type ProducerSettings,
} from './producer-options.ts'
import type { ProducerRecord, RecordMetadata } from './producer-record.ts'
import { RecordAccumulator } from './record-accumulator.ts'
import { maxRecordSize } from './record-size.ts'
import { Sender } from './sender.ts'
import { StickyPartitioner } from './sticky-partitioner.ts'
import { TransactionManager } from './transaction/transaction-manager.ts'

/** Options of a call. */
export interface SendCallOptions {
  /** When it is aborted, the call rejects; records that were already added may still be sent. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Sends records to topics: in batches, in order for each partition, with retries. With
 * `transactionalId` all records are sent in transactions: call {@link initTransactions} once, then
 * {@link beginTransaction}, {@link send} and {@link commitTransaction} repeatedly. After an error
 * `TRANSACTION_ABORTABLE` call {@link abortTransaction}; after `PRODUCER_FENCED` or
 * `PRODUCER_FAILED` close the producer.
 */
export class Producer {
  readonly #core: ClientCore
  readonly #options: ProducerSettings
  readonly #accumulator: RecordAccumulator
  readonly #sender: Sender
  readonly #transactions: TransactionManager | undefined
  readonly #partitioner: StickyPartitioner
  readonly #closing = new AbortController()
  readonly #stopListening: () => void
  #isClosed = false
  /** Keeps the order of calls that wait for metadata or for space. */
  #added: Promise<unknown> = Promise.resolve()

  /** @throws ClientError `INVALID_ARGUMENT` if options exclude each other */
  constructor(core: ClientCore, options: ProducerOptions = {}) {
    this.#core = core
    this.#options = producerSettings(options)
    const { idempotent, transactionalId, batchBytes } = this.#options
    const isTransactional = transactionalId !== undefined
    const identity = idempotent ? new IdempotentState({ isTransactional }) : undefined
    this.#accumulator = new RecordAccumulator(this.#options)
    if (isTransactional) this.#transactions = this.#newTransactions(transactionalId, identity!)
    this.#sender = new Sender(
      core,
      this.#options,
      this.#accumulator,
      this.#closing,
      identity,
      this.#transactions,
    )
    this.#partitioner = new StickyPartitioner(core.settings.random, batchBytes)
    this.#stopListening = onceAborted(core.closing, () => this.#abort())
  }

  /**
   * Sends one record. Resolves when it is acknowledged.
   *
   * @throws ClientError as {@link sendAll}
   */
  async send(record: ProducerRecord, options?: SendCallOptions): Promise<RecordMetadata> {
    const [metadata] = await this.sendAll([record], options)
    return metadata!
  }

  /**
   * Sends records. Resolves when all of them are acknowledged, with the results in order.
   *
   * @throws BrokerError if a broker refuses one; ClientError `DELIVERY_TIMED_OUT`,
   * `RECORD_TOO_LARGE`, `UNKNOWN_TOPIC`, `UNKNOWN_PARTITION`, `CLOSED`. Other records of the call
   * may have been appended. In a transaction also `INVALID_STATE`, `TRANSACTION_ABORTABLE`,
   * `TRANSACTION_ABORTED`; after any failure the transaction can only be aborted
   */
  async sendAll(
    records: readonly ProducerRecord[],
    { signal }: SendCallOptions = {},
  ): Promise<RecordMetadata[]> {
    this.#checkOpen()
    const transaction = this.#transactions?.forSend()
    const signals = [this.#closing.signal, signal, transaction?.cancelled]
    const delivery = new Delivery(records.length)
    const adding = this.#added.then(() => this.#addAll(records, delivery, signals))
    this.#added = adding.catch((error: Error) => {
      if (transaction !== undefined) this.#transactions!.onRecordsRefused(transaction, error)
    })
    await abortable(adding, [signal])
    return abortable(delivery.done, [signal])
  }

  /**
   * Gets the producer id of the transactional id. Fences other producers with the same id, and ends
   * their transaction. Call it once, before the first transaction.
   *
   * @throws ClientError `TIMED_OUT` after `retryTimeoutMs`: call it again to continue to wait;
   * `PRODUCER_FAILED`, such as when `transactionTimeoutMs` exceeds the broker's maximum;
   * BrokerError if the producer is not authorized
   */
  async initTransactions({ signal }: SendCallOptions = {}): Promise<void> {
    await this.#requireTransactions().initialize([this.#closing.signal, signal])
  }

  /** Begins a transaction: the following records and offsets belong to it. Sends nothing. */
  beginTransaction(): void {
    this.#requireTransactions().begin()
  }

  /**
   * Commits offsets of a consumer group when the transaction commits (KIP-447).
   *
   * @param offsets for each partition the next one to read
   * @param group the consumer's `groupMetadata`, which fences consumers that have lost their
   * partitions; only `{ groupId }` for a consumer that is not a member
   * @throws ClientError `TRANSACTION_ABORTABLE`, for example if the group has rebalanced; as {@link
   * commitTransaction}
   */
  async sendOffsetsToTransaction(
    offsets: readonly CommittedOffset[],
    group: ConsumerGroupMetadata,
    { signal }: SendCallOptions = {},
  ): Promise<void> {
    const transactions = this.#requireTransactions()
    if ((group.generationId ?? -1) > 0 && !group.memberId) {
      const message = `the generation ${group.generationId} of group ${group.groupId} has no memberId: use groupMetadata of the consumer`
      throw new ClientError('INVALID_ARGUMENT', message)
    }
    await transactions.sendOffsets(offsets, group, [this.#closing.signal, signal])
  }

  /**
   * Sends all waiting records, and commits the transaction. Resolves when it is committed.
   *
   * @throws ClientError `TRANSACTION_ABORTABLE` if a record or an offset has failed: nothing is
   * committed, so call {@link abortTransaction}; `PRODUCER_FENCED`, `PRODUCER_FAILED`: close the
   * producer; `TIMED_OUT` after `retryTimeoutMs`, or `ABORTED` by the signal: the commit continues,
   * so call this method again; `INVALID_STATE`
   */
  async commitTransaction({ signal }: SendCallOptions = {}): Promise<void> {
    await this.#requireTransactions().commit([this.#closing.signal, signal])
  }

  /**
   * Aborts the transaction. Records that were not sent yet reject with `TRANSACTION_ABORTED`.
   *
   * @throws ClientError as {@link commitTransaction}
   */
  async abortTransaction({ signal }: SendCallOptions = {}): Promise<void> {
    await this.#requireTransactions().abort([this.#closing.signal, signal])
  }

  /**
   * Returns the number of partitions of a topic. Creates the topic if that is allowed.
   *
   * @throws ClientError `UNKNOWN_TOPIC` if it does not exist
   */
  async partitionsFor(topic: string, { signal }: SendCallOptions = {}): Promise<number> {
    this.#checkOpen()
    const { partitions } = await this.#topic(topic, [this.#closing.signal, signal])
    return partitions.length
  }

  /**
   * Sends waiting records without lingering. Resolves when every record so far is acknowledged or
   * has failed.
   */
  async flush({ signal }: SendCallOptions = {}): Promise<void> {
    await abortable(
      this.#added.then(() => this.#sender.flush()),
      [this.#closing.signal, signal],
    )
  }

  /**
   * Sends waiting records, aborts the open transaction, and closes. Records that are not
   * acknowledged after `timeoutMs` fail with `CLOSED`.
   */
  async close({ timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    if (timeoutMs > 0) await this.#finishWithin(timeoutMs)
    this.#abort()
  }

  async #finishWithin(timeoutMs: number): Promise<void> {
    const finished = new AbortController()
    const done = this.flush().then(() => this.#transactions?.close())
    const { clock } = this.#core.settings
    const timedOut = sleep(clock, timeoutMs, [finished.signal, this.#closing.signal])
    await Promise.race([done.catch(() => {}), timedOut.catch(() => {})])
    finished.abort()
  }

  #abort(): void {
    if (this.#closing.signal.aborted) return
    this.#isClosed = true
    this.#stopListening()
    const error = closedError()
    this.#closing.abort(error)
    this.#sender.close(error)
  }

  #checkOpen(): void {
    if (this.#isClosed) throw closedError()
  }

  #newTransactions(transactionalId: string, identity: IdempotentState): TransactionManager {
    const records = {
      flush: () => this.flush(),
      failUnsent: (error: Error) => this.#sender.failUnsent(error),
      failAll: (error: Error) => this.#sender.failAll(error),
      wake: () => this.#sender.wake(),
    }
    const options = { ...this.#options, transactionalId }
    return new TransactionManager(this.#core, options, identity, records, this.#closing.signal)
  }

  #requireTransactions(): TransactionManager {
    this.#checkOpen()
    if (this.#transactions !== undefined) return this.#transactions
    const message = 'the producer is not transactional: create it with a transactionalId'
    throw new ClientError('INVALID_STATE', message)
  }

  async #addAll(
    records: readonly ProducerRecord[],
    delivery: Delivery,
    signals: Signals,
  ): Promise<void> {
    const topics = new Map<string, TopicPartitions>()
    for (const [index, record] of records.entries()) {
      const topic = topics.get(record.topic) ?? (await this.#partitionsOf(record.topic, signals))
      topics.set(record.topic, topic)
      const sizeBytes = maxRecordSize(record)
      this.#checkSize(record, sizeBytes)
      const partition = this.#choosePartition(record, topic, sizeBytes)
      while (this.#accumulator.isFull(sizeBytes)) {
        this.#sender.wake()
        await abortable(this.#accumulator.spaceFreed(), signals)
      }
      throwIfAborted(signals)
      this.#add(record, partition, sizeBytes, delivery, index)
    }
    this.#sender.wake()
  }

  #add(
    record: ProducerRecord,
    partition: number,
    sizeBytes: number,
    delivery: Delivery,
    index: number,
  ): void {
    const { topic, key = null, value, headers = [] } = record
    const nowMs = this.#core.settings.clock.now()
    const input = { key, value, headers, timestamp: record.timestamp ?? nowMs }
    this.#transactions?.addPartition({ topic, partition })
    this.#accumulator.append({ topic, partition }, input, sizeBytes, nowMs, delivery, index)
  }

  async #partitionsOf(name: string, signals: Signals): Promise<TopicPartitions> {
    const { partitions } = await this.#topic(name, signals)
    const available = partitions
      .filter(({ leaderId }) => leaderId >= 0)
      .map(({ partitionIndex }) => partitionIndex)
    return { count: partitions.length, available }
  }

  async #topic(name: string, signals: Signals): Promise<TopicMetadata> {
    const { metadata } = this.#core
    const [topic] = await metadata.topics([name], signals, this.#options.allowAutoTopicCreation)
    return topic!
  }

  #choosePartition(
    { topic, partition, key }: ProducerRecord,
    { count, available }: TopicPartitions,
    sizeBytes: number,
  ): number {
    if (partition === undefined)
      return this.#partitioner.partition(topic, key, sizeBytes, count, available)
    if (partition >= 0 && partition < count) return partition
    throw unknownPartition(topic, partition, count)
  }

  #checkSize({ topic }: ProducerRecord, sizeBytes: number): void {
    const { maxRequestBytes } = this.#options
    if (sizeBytes + BATCH_OVERHEAD <= maxRequestBytes) return
    throw new ClientError(
      'RECORD_TOO_LARGE',
      `a record for ${topic} has ${sizeBytes} bytes; maxRequestBytes is ${maxRequestBytes}`,
      { advice: "Raise maxRequestBytes, and the topic's max.message.bytes." },
    )
  }
}

/** The partitions of a topic, as the partitioner needs them. */
interface TopicPartitions {
  readonly count: number
  /** Those that have a leader. */
  readonly available: readonly number[]
}

function closedError(): ClientError {
  return new ClientError('CLOSED', 'the producer was closed')
}
