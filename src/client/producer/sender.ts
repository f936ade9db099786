import type { Timer } from '../../platform/clock.ts'
import { afterThisCall } from '../../platform/turn.ts'
import { ErrorCode, isRetriable } from '../../protocol/error-code.ts'
import { InitProducerId, Produce } from '../../protocol/messages/index.ts'
import { backoffMs } from '../backoff.ts'
import type { ClientCore } from '../client-core.ts'
import { BrokerError, check, ClientError, isRetriableError } from '../client-error.ts'
import { retry } from '../retry.ts'
import type { IdempotentState } from './idempotent-state.ts'
import { partitionResponses, produceRequest, type PartitionResponse } from './produce-request.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { ProducerSettings } from './producer-options.ts'
import type { RecordAccumulator } from './record-accumulator.ts'
import type { TransactionManager } from './transaction/transaction-manager.ts'

/** The requests to one broker. */
interface NodeQueue {
  inFlight: number
  /**
   * Requests are written in the order in which they were created, also while the connection is
   * being opened.
   */
  written: Promise<unknown>
}

/** No offset, time or sequence. */
const UNKNOWN = -1

/**
 * Sends the batches of an accumulator to the leaders of their partitions, and retries after
 * transient errors (Kafka's `Sender`). It runs when it is woken: there is no loop.
 */
export class Sender {
  readonly #core: ClientCore
  readonly #options: ProducerSettings
  readonly #accumulator: RecordAccumulator
  readonly #channel: string
  readonly #closing: AbortController
  readonly #identity: IdempotentState | undefined
  readonly #transactions: TransactionManager | undefined
  readonly #nodes = new Map<number, NodeQueue>()
  #flushes = 0
  #isWoken = false
  #isInitializing = false
  #isRefreshing = false
  /** The time from which metadata may be fetched again. */
  #refreshAtMs = 0
  #timer: Timer | undefined
  #timerAtMs = Infinity

  /**
   * @param closing aborted to drop waiting batches
   * @param identity `undefined` unless the producer is idempotent
   * @param transactions `undefined` unless the producer is transactional
   */
  constructor(
    core: ClientCore,
    options: ProducerSettings,
    accumulator: RecordAccumulator,
    closing: AbortController,
    identity: IdempotentState | undefined,
    transactions: TransactionManager | undefined,
  ) {
    this.#core = core
    this.#options = options
    this.#accumulator = accumulator
    this.#closing = closing
    this.#channel = core.newChannel('producer')
    this.#identity = identity
    this.#transactions = transactions
  }

  /** Sends everything possible after the current turn of the event loop has added its records. */
  wake(): void {
    if (this.#isWoken || this.#closing.signal.aborted) return
    this.#isWoken = true
    afterThisCall(() => {
      this.#isWoken = false
      if (!this.#closing.signal.aborted) this.#sendReady()
    })
  }

  /** Sends waiting batches without lingering. Resolves when all of them have their results. */
  async flush(): Promise<void> {
    this.#flushes++
    this.wake()
    try {
      await this.#accumulator.flushed()
    } finally {
      this.#flushes--
    }
  }

  /** Drops the batches that were never sent. */
  failUnsent(error: Error): void {
    for (const batch of this.#accumulator.takeAll(({ attempts }) => attempts === 0))
      this.#finish(batch, error, false)
  }

  /** Drops the batches that are not being sent. */
  failAll(error: Error): void {
    for (const batch of this.#accumulator.takeAll(() => true))
      this.#fail(batch, error, batch.attempts > 0 ? undefined : false)
  }

  /** Drops waiting batches, and closes. */
  close(error: ClientError): void {
    this.#timer?.cancel()
    this.#core.connections.closeChannel(this.#channel)
    this.failAll(error)
  }

  #sendReady(): void {
    if (this.#transactions === undefined) this.#identity?.bumpEpochIfNeeded()
    else if (this.#identity!.needsEpoch) this.#transactions.onSequenceLost()
    this.#expire()
    const death = this.#transactions?.death
    if (death !== undefined) this.failAll(death)
    if (this.#identity?.needsProducerId) {
      if (this.#transactions === undefined) void this.#initialize()
      return
    }
    const withoutLeader = new Set<string>()
    while (this.#sendOnce(withoutLeader)) withoutLeader.clear()
    if (withoutLeader.size > 0) void this.#refresh([...withoutLeader])
  }

  /**
   * Sends one request to each leader for which a batch is ready. Returns whether it has sent one.
   */
  #sendOnce(withoutLeader: Set<string>): boolean {
    const requests = new Map<number, { sizeBytes: number; batches: ProducerBatch[] }>()
    for (const queue of this.#accumulator.queues()) {
      const [batch] = queue
      if (!this.#isReady(batch, queue.length)) continue
      const leader = this.#core.metadata.leader(batch)
      if (leader === undefined) {
        withoutLeader.add(batch.topic)
        continue
      }
      const { nodeId } = leader.node
      if (this.#nodeOf(nodeId).inFlight >= this.#options.maxInFlight) continue
      const request = requests.get(nodeId) ?? { sizeBytes: 0, batches: [] }
      const sizeBytes = request.sizeBytes + batch.sizeBytes
      if (request.batches.length > 0 && sizeBytes > this.#options.maxRequestBytes) continue
      request.sizeBytes = sizeBytes
      request.batches.push(batch)
      requests.set(nodeId, request)
    }
    for (const [nodeId, { batches }] of requests) this.#send(nodeId, batches)
    return requests.size > 0
  }

  #isReady(batch: ProducerBatch, queueLength: number): boolean {
    const nowMs = this.#core.settings.clock.now()
    this.#wakeAt(batch.createdMs + this.#options.deliveryTimeoutMs)
    if (batch.retryAtMs > nowMs) {
      this.#wakeAt(batch.retryAtMs)
      return false
    }
    const isComplete = this.#flushes > 0 || this.#accumulator.isComplete(batch, queueLength)
    const lingerUntilMs = batch.createdMs + this.#options.lingerMs
    if (!isComplete && lingerUntilMs > nowMs) {
      this.#wakeAt(lingerUntilMs)
      return false
    }
    if (this.#transactions?.maySend(batch) === false) return false
    return this.#identity?.maySend(batch) ?? true
  }

  #send(nodeId: number, batches: readonly ProducerBatch[]): void {
    for (const batch of batches) {
      this.#identity?.assign(batch)
      this.#accumulator.take(batch)
      batch.attempts++
    }
    const node = this.#nodeOf(nodeId)
    node.inFlight++
    const exchange = node.written.then(() => this.#write(nodeId, batches))
    node.written = exchange.catch(() => {})
    void exchange
      .then(({ response }) => response)
      .then(
        (responses) => this.#onResponse(batches, responses),
        (error: unknown) => this.#onNoResponse(batches, error),
      )
      .finally(() => {
        node.inFlight--
        this.wake()
      })
  }

  /** Resolves when the request is written; the response comes later. */
  async #write(
    nodeId: number,
    batches: readonly ProducerBatch[],
  ): Promise<{ response: Promise<Map<ProducerBatch, PartitionResponse> | undefined> }> {
    const { metadata, settings } = this.#core
    const signals = [this.#closing.signal]
    const connection = await metadata.broker(nodeId, this.#channel, signals)
    const timeoutMs = settings.requestTimeoutMs
    const protocol = this.#transactions?.protocol
    const { request, maxVersion } = produceRequest(
      batches,
      metadata,
      this.#options,
      timeoutMs,
      protocol,
    )
    if (this.#options.acks === 0) {
      const written = connection.sendUnanswered(Produce, request, maxVersion)
      return { response: written.then(() => undefined) }
    }
    const response = connection
      .send(Produce, request, { maxVersion })
      .then((answer) => partitionResponses(answer, batches, metadata))
    return { response }
  }

  #onResponse(
    batches: readonly ProducerBatch[],
    responses: Map<ProducerBatch, PartitionResponse> | undefined,
  ): void {
    for (const batch of batches) {
      const response = responses?.get(batch)
      if (responses === undefined) this.#acknowledge(batch, UNKNOWN, UNKNOWN)
      else if (response === undefined) this.#onError(batch, this.#errorOf(batch, missing))
      else this.#onBatchResponse(batch, response)
    }
  }

  #onBatchResponse(batch: ProducerBatch, response: PartitionResponse): void {
    const { errorCode, baseOffset, logAppendTimeMs } = response
    if (errorCode === ErrorCode.None) this.#acknowledge(batch, baseOffset, logAppendTimeMs)
    // The broker has already appended it; the offset is unknown.
    else if (errorCode === ErrorCode.DuplicateSequenceNumber)
      this.#acknowledge(batch, UNKNOWN, UNKNOWN)
    else if (errorCode === ErrorCode.MessageTooLarge && batch.records.length > 1) this.#split(batch)
    else if (this.#identity?.mayRetry(batch, response)) this.#retry(batch, errorCode)
    else this.#onError(batch, this.#errorOf(batch, response))
  }

  #onError(batch: ProducerBatch, error: BrokerError): void {
    if (isRetriable(error.errorCode)) this.#retry(batch, error.errorCode)
    else this.#fail(batch, error, false)
  }

  /** The broker may have appended the batches anyway. */
  #onNoResponse(batches: readonly ProducerBatch[], error: unknown): void {
    for (const batch of batches) {
      if (isRetriableError(error)) this.#retry(batch, ErrorCode.NetworkException)
      else this.#fail(batch, error as Error, undefined)
    }
  }

  #retry(batch: ProducerBatch, errorCode: number): void {
    const { settings, metadata } = this.#core
    const { clock, random, retryBackoffMs, retryBackoffMaxMs } = settings
    if (this.#isExpired(batch)) {
      this.#fail(batch, this.#timeoutOf(batch, errorCode), undefined)
      return
    }
    const failures = batch.attempts - 1
    batch.retryAtMs = clock.now() + backoffMs(retryBackoffMs, retryBackoffMaxMs, failures, random)
    this.#accumulator.putBack(batch)
    // The leader is right; the last transaction of the producer is still ending.
    if (errorCode === ErrorCode.ConcurrentTransactions) return
    metadata.invalidate(batch.topic)
    void this.#refresh([batch.topic])
  }

  #split(batch: ProducerBatch): void {
    const parts = batch.split()
    this.#identity?.onSplit(batch, parts)
    this.#accumulator.replace(batch, parts)
  }

  #acknowledge(batch: ProducerBatch, baseOffset: number, logAppendTimeMs: number): void {
    this.#identity?.onAcknowledged(batch, baseOffset)
    batch.acknowledge(baseOffset, logAppendTimeMs)
    this.#accumulator.release(batch)
  }

  #fail(batch: ProducerBatch, error: Error, wasAppended: false | undefined): void {
    this.#finish(batch, error, wasAppended)
    const isFenced =
      error instanceof BrokerError && error.errorCode === ErrorCode.InvalidProducerEpoch
    if (this.#transactions !== undefined) this.#transactions.onBatchFailed(error)
    else if (isFenced) this.#identity?.forgetProducerId()
  }

  #finish(batch: ProducerBatch, error: Error, wasAppended: false | undefined): void {
    this.#identity?.onFailed(batch, wasAppended)
    batch.fail(error)
    this.#accumulator.release(batch)
  }

  #expire(): void {
    for (const batch of this.#accumulator.takeAll((each) => this.#isExpired(each))) {
      const wasAppended = batch.attempts > 0 ? undefined : false
      this.#fail(batch, this.#timeoutOf(batch), wasAppended)
    }
  }

  #isExpired({ createdMs }: ProducerBatch): boolean {
    return this.#core.settings.clock.now() - createdMs >= this.#options.deliveryTimeoutMs
  }

  async #initialize(): Promise<void> {
    if (this.#isInitializing) return
    this.#isInitializing = true
    const { settings, metadata } = this.#core
    const signals = [this.#closing.signal]
    try {
      const response = await retry(settings, signals, async () => {
        const connection = await metadata.any(signals)
        const request = { transactionalId: null, transactionTimeoutMs: 0x7fffffff }
        const answer = await connection.send(InitProducerId, request)
        check(answer.errorCode, 'initializing the producer id')
        return answer
      })
      this.#identity!.initialize(response.producerId, response.producerEpoch)
    } catch (error) {
      this.failAll(error as Error)
    } finally {
      this.#isInitializing = false
      this.wake()
    }
  }

  async #refresh(topics: readonly string[]): Promise<void> {
    const { settings, metadata } = this.#core
    if (this.#isRefreshing) return
    if (settings.clock.now() < this.#refreshAtMs) {
      this.#wakeAt(this.#refreshAtMs)
      return
    }
    this.#isRefreshing = true
    try {
      await metadata.refresh(topics, [this.#closing.signal])
    } catch (error) {
      if (!isRetriableError(error)) this.failAll(error as Error)
    } finally {
      this.#isRefreshing = false
      this.#refreshAtMs = settings.clock.now() + settings.retryBackoffMs
      this.wake()
    }
  }

  #wakeAt(atMs: number): void {
    if (this.#closing.signal.aborted) return
    const { clock } = this.#core.settings
    if (this.#timerAtMs <= atMs && this.#timerAtMs > clock.now()) return
    this.#timer?.cancel()
    this.#timerAtMs = atMs
    this.#timer = clock.schedule(atMs - clock.now(), () => {
      this.#timerAtMs = Infinity
      this.wake()
    })
  }

  #nodeOf(nodeId: number): NodeQueue {
    let node = this.#nodes.get(nodeId)
    if (node === undefined) {
      node = { inFlight: 0, written: Promise.resolve() }
      this.#nodes.set(nodeId, node)
    }
    return node
  }

  #errorOf(batch: ProducerBatch, response: ErrorResponse): BrokerError {
    const [recordError] = response.recordErrors
    const message = recordError?.batchIndexErrorMessage ?? response.errorMessage
    return new BrokerError(response.errorCode, `producing to ${batch.name}`, message)
  }

  #timeoutOf({ name, records, attempts }: ProducerBatch, errorCode?: number): ClientError {
    const { deliveryTimeoutMs } = this.#options
    const reason =
      errorCode === undefined
        ? `sent ${attempts} times`
        : new BrokerError(errorCode, 'the last try').message
    return new ClientError(
      'DELIVERY_TIMED_OUT',
      `${records.length} records for ${name} were not acknowledged within ${deliveryTimeoutMs} ms; ${reason}`,
    )
  }
}

type ErrorResponse = Pick<PartitionResponse, 'errorCode' | 'errorMessage' | 'recordErrors'>

/** Used for a response that the broker omitted. */
const missing: ErrorResponse = {
  errorCode: ErrorCode.UnknownServerError,
  errorMessage: 'the response does not name the partition',
  recordErrors: [],
}
