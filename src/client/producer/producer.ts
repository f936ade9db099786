import { BATCH_OVERHEAD } from '../../record/batch-layout.ts'
import {
  abortable,
  closingController,
  sleep,
  throwIfAborted,
  type Signals,
} from '../cancellation.ts'
import type { ClientCore } from '../client-core.ts'
import { ClientError, unknownPartition } from '../client-error.ts'
import type { TopicMetadata } from '../metadata/topic-metadata.ts'
import { Delivery } from './delivery.ts'
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

/** Options of a call. */
export interface SendCallOptions {
  /** When it is aborted, the call rejects; records that were already added may still be sent. */
  readonly signal?: AbortSignal | undefined
}

/** Sends records to topics: in batches, in order for each partition, with retries. */
export class Producer {
  readonly #core: ClientCore
  readonly #options: ProducerSettings
  readonly #accumulator: RecordAccumulator
  readonly #sender: Sender
  readonly #partitioner: StickyPartitioner
  readonly #closing = closingController()
  readonly #stopListening: () => void
  #isClosed = false
  /** Keeps the order of calls that wait for metadata or for space. */
  #added: Promise<unknown> = Promise.resolve()

  /** @throws ClientError `INVALID_ARGUMENT` if options exclude each other */
  constructor(core: ClientCore, options: ProducerOptions = {}) {
    this.#core = core
    this.#options = producerSettings(options)
    const { idempotent, acks, maxInFlight, batchBytes } = this.#options
    if (idempotent && (acks !== -1 || maxInFlight > 5)) {
      const message = 'an idempotent producer needs acks -1 and maxInFlight of 5 or less'
      throw new ClientError('INVALID_ARGUMENT', message)
    }
    this.#accumulator = new RecordAccumulator(this.#options)
    this.#sender = new Sender(core, this.#options, this.#accumulator, this.#closing)
    this.#partitioner = new StickyPartitioner(core.settings.random, batchBytes)
    const onClientClosing = (): void => this.#abort()
    core.closing.addEventListener('abort', onClientClosing)
    this.#stopListening = () => core.closing.removeEventListener('abort', onClientClosing)
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
   * may have been appended
   */
  async sendAll(
    records: readonly ProducerRecord[],
    { signal }: SendCallOptions = {},
  ): Promise<RecordMetadata[]> {
    this.#checkOpen()
    const signals = [this.#closing.signal, signal]
    const delivery = new Delivery(records.length)
    const adding = this.#added.then(() => this.#addAll(records, delivery, signals))
    this.#added = adding.catch(() => {})
    await abortable(adding, [signal])
    return abortable(delivery.done, [signal])
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
   * Sends waiting records, and closes. Records that are not acknowledged after `timeoutMs` fail
   * with `CLOSED`.
   */
  async close({ timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    if (timeoutMs > 0) await this.#flushWithin(timeoutMs)
    this.#abort()
  }

  async #flushWithin(timeoutMs: number): Promise<void> {
    const finished = new AbortController()
    const flushed = this.flush().catch(() => {})
    const { clock } = this.#core.settings
    const timedOut = sleep(clock, timeoutMs, [finished.signal, this.#closing.signal])
    await Promise.race([flushed, timedOut.catch(() => {})])
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

  async #addAll(
    records: readonly ProducerRecord[],
    delivery: Delivery,
    signals: Signals,
  ): Promise<void> {
    const topics = new Map<string, TopicPartitions>()
    for (const [index, record] of records.entries()) {
      throwIfAborted(signals)
      const topic = topics.get(record.topic) ?? (await this.#partitionsOf(record.topic, signals))
      topics.set(record.topic, topic)
      const sizeBytes = maxRecordSize(record)
      this.#checkSize(record, sizeBytes)
      const partition = this.#choosePartition(record, topic, sizeBytes)
      while (this.#accumulator.isFull(sizeBytes)) {
        this.#sender.wake()
        await abortable(this.#accumulator.spaceFreed(), signals)
      }
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
