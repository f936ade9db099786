import { BATCH_OVERHEAD } from '../../record/batch-layout.ts'
import {
  abortable,
  closingController,
  sleep,
  throwIfAborted,
  type Signals,
} from '../cancellation.ts'
import type { ClientCore } from '../client-core.ts'
import { ClientError } from '../client-error.ts'
import type { TopicMetadata } from '../metadata/topic-metadata.ts'
import { nameOf } from '../topic-partition.ts'
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
    const adding = this.#added.then(() => this.#addAll(records, signals))
    this.#added = adding.catch(() => {})
    const deliveries = await abortable(adding, [signal])
    return abortable(Promise.all(deliveries), [signal])
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

  /**
   * Returns the deliveries to wait for. A delivery without a waiter must not count as unhandled.
   */
  async #addAll(
    records: readonly ProducerRecord[],
    signals: Signals,
  ): Promise<Promise<RecordMetadata>[]> {
    const topics = new Map<string, TopicMetadata>()
    const deliveries: Promise<RecordMetadata>[] = []
    for (const record of records) {
      throwIfAborted(signals)
      let topic = topics.get(record.topic)
      if (topic === undefined) {
        topic = await this.#topic(record.topic, signals)
        topics.set(record.topic, topic)
      }
      const sizeBytes = maxRecordSize(record)
      this.#checkSize(record, sizeBytes)
      const partition = this.#partitionOf(record, topic, sizeBytes)
      while (this.#accumulator.isFull(sizeBytes)) {
        this.#sender.wake()
        await abortable(this.#accumulator.spaceFreed(), signals)
      }
      const delivery = this.#add(record, partition, sizeBytes)
      delivery.catch(() => {})
      deliveries.push(delivery)
    }
    this.#sender.wake()
    return deliveries
  }

  async #topic(name: string, signals: Signals): Promise<TopicMetadata> {
    const { metadata } = this.#core
    const [topic] = await metadata.topics([name], signals, this.#options.allowAutoTopicCreation)
    return topic!
  }

  #partitionOf(record: ProducerRecord, topic: TopicMetadata, sizeBytes: number): number {
    const { length } = topic.partitions
    const { partition, key } = record
    if (partition === undefined) {
      const available = topic.partitions
        .filter(({ leaderId }) => leaderId >= 0)
        .map(({ partitionIndex }) => partitionIndex)
      return this.#partitioner.partition(topic.name, key, sizeBytes, length, available)
    }
    if (partition >= 0 && partition < length) return partition
    throw new ClientError(
      'UNKNOWN_PARTITION',
      `topic ${topic.name} has no partition ${partition}; the last one is ${length - 1}`,
    )
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

  #add(record: ProducerRecord, partition: number, sizeBytes: number): Promise<RecordMetadata> {
    const { topic, key = null, value, headers = [] } = record
    const nowMs = this.#core.settings.clock.now()
    const timestamp = record.timestamp ?? nowMs
    return new Promise((resolve, reject) => {
      this.#accumulator.append(
        { topic, partition, name: nameOf({ topic, partition }) },
        { key, value, headers, timestamp },
        sizeBytes,
        nowMs,
        {
          onAcknowledged: (offset, logAppendTimeMs) =>
            resolve({
              topic,
              partition,
              offset,
              timestamp: logAppendTimeMs < 0 ? timestamp : logAppendTimeMs,
            }),
          onFailed: reject,
        },
      )
    })
  }
}

function closedError(): ClientError {
  return new ClientError('CLOSED', 'the producer was closed')
}
