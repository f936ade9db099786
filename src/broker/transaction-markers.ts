import type { MetadataImage } from '../controller/metadata-image.ts'
import type {
  EndedTransaction,
  MarkerSender,
  MarkerSending,
} from '../coordinator/transaction/marker-sender.ts'
import type { TopicPartition } from '../coordinator/transaction/partition-set.ts'
import type { NetworkLogger } from '../network/network-logger.ts'
import { ErrorCode, errorName } from '../protocol/error-code.ts'
import { WriteTxnMarkers } from '../protocol/messages/27-write-txn-markers.ts'
import type { RequestOf, ResponseBody } from '../protocol/schema/index.ts'
import type { Delays } from './delays.ts'
import { groupBy } from './group-by.ts'
import type { PeerBrokers } from './peer-brokers.ts'

const WRITE_TXN_MARKERS_VERSION = 2

/** Kafka waits as long before it connects to a broker again. */
const RETRY_BACKOFF_MS = 50

/** In place of a leader's id: the partition has no leader, or its leader is unknown. */
const UNKNOWN_BROKER = -1

export interface TransactionMarkersOptions {
  readonly image: MetadataImage
  readonly peers: PeerBrokers
  readonly delays: Delays
  readonly logger: NetworkLogger
}

/**
 * Sends the markers of ended transactions to the leaders of their partitions, one request for each
 * leader, until all are written (Kafka's `TransactionMarkerChannelManager` and
 * `TransactionMarkerRequestCompletionHandler`).
 *
 * Partitions without a leader wait for a change of the metadata. After an error, and when a broker
 * does not answer, their markers are sent again after a change of the metadata or a short time.
 */
export class TransactionMarkers implements MarkerSender {
  readonly #options: TransactionMarkersOptions
  /** Called at the next change of the metadata, and when the broker closes. */
  readonly #waiting = new Set<() => void>()
  #isClosed = false

  constructor(options: TransactionMarkersOptions) {
    this.#options = options
  }

  send(
    transaction: EndedTransaction,
    onDone: (partitions: readonly TopicPartition[]) => void,
  ): MarkerSending {
    const sending = new Sending(transaction, onDone)
    this.#sendToLeaders(sending, transaction.partitions)
    return sending
  }

  /** Called when the metadata of the broker has changed: there may be other leaders. */
  onMetadataChanged(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resume of waiting) resume()
  }

  /** Ends all waiting. No marker is sent any more. */
  close(): void {
    this.#isClosed = true
    this.onMetadataChanged()
  }

  #sendToLeaders(sending: Sending, partitions: readonly TopicPartition[]): void {
    for (const [leader, led] of groupBy(partitions, (each) => this.#leaderOf(each))) {
      if (sending.isOver) return
      // A partition that does not exist was deleted, and with it its part of the transaction.
      if (leader === undefined) sending.onDone(led)
      else if (leader === UNKNOWN_BROKER) void this.#sendLater(sending, led, undefined)
      else this.#sendTo(leader, sending, led)
    }
  }

  /** Returns the broker that leads a partition; `undefined` if there is no such partition. */
  #leaderOf({ topic, partition }: TopicPartition): number | undefined {
    const { image } = this.#options
    const registration = image.partition(topic, partition)
    if (registration === undefined) return undefined
    return image.brokers.has(registration.leader) ? registration.leader : UNKNOWN_BROKER
  }

  #sendTo(leader: number, sending: Sending, partitions: readonly TopicPartition[]): void {
    const { peers } = this.#options
    const request = markersRequest(sending.transaction, partitions)
    const response = peers.send(leader, WriteTxnMarkers, WRITE_TXN_MARKERS_VERSION, request)
    if (!(response instanceof Promise)) this.#onResponse(sending, partitions, response)
    else void response.then((settled) => this.#onResponse(sending, partitions, settled))
  }

  #onResponse(
    sending: Sending,
    partitions: readonly TopicPartition[],
    response: ResponseBody<typeof WriteTxnMarkers> | undefined,
  ): void {
    if (sending.isOver) return
    const failed = response === undefined ? partitions : this.#takeResponse(sending, response)
    if (failed.length > 0) void this.#sendLater(sending, failed, RETRY_BACKOFF_MS)
  }

  /** Returns the partitions whose marker must be sent again. */
  #takeResponse(
    sending: Sending,
    { markers }: ResponseBody<typeof WriteTxnMarkers>,
  ): TopicPartition[] {
    const done: TopicPartition[] = []
    const failed: TopicPartition[] = []
    let isFenced = false
    // The request has one marker.
    for (const { name, partitions } of markers[0]?.topics ?? []) {
      for (const { partitionIndex, errorCode } of partitions) {
        const partition = { topic: name, partition: partitionIndex }
        if (fencingErrors.has(errorCode)) isFenced = true
        else if (retriedErrors.has(errorCode)) failed.push(partition)
        else {
          if (errorCode !== ErrorCode.None) this.#reportSkipped(sending, partition, errorCode)
          done.push(partition)
        }
      }
    }
    if (done.length > 0) sending.onDone(done)
    if (!isFenced) return failed
    sending.cancel()
    return []
  }

  /**
   * Sends the markers to those that lead when the metadata has changed.
   *
   * @param timeoutMs how long to wait for that; `undefined` for as long as it takes
   */
  async #sendLater(
    sending: Sending,
    partitions: readonly TopicPartition[],
    timeoutMs: number | undefined,
  ): Promise<void> {
    await this.#metadataChange(timeoutMs)
    if (!this.#isClosed && !sending.isOver) this.#sendToLeaders(sending, partitions)
  }

  async #metadataChange(timeoutMs: number | undefined): Promise<void> {
    if (this.#isClosed) return
    let resume: () => void
    const changed = new Promise<void>((resolve) => this.#waiting.add((resume = resolve)))
    if (timeoutMs === undefined) return changed
    await Promise.race([changed, this.#options.delays.wait(timeoutMs)])
    this.#waiting.delete(resume!)
  }

  #reportSkipped(
    { transaction: { transactionalId, producerId } }: Sending,
    { topic, partition }: TopicPartition,
    errorCode: number,
  ): void {
    this.#options.logger.warn(
      { transactionalId, producerId, topic, partition, error: errorName(errorCode) },
      `The marker of a transaction cannot be written into ${topic}-${partition}`,
    )
  }
}

/** The partition or its leader may be available later. */
const retriedErrors: ReadonlySet<number> = new Set([
  ErrorCode.UnknownTopicOrPartition,
  ErrorCode.NotLeaderOrFollower,
  ErrorCode.NotEnoughReplicas,
  ErrorCode.NotEnoughReplicasAfterAppend,
  ErrorCode.RequestTimedOut,
  ErrorCode.KafkaStorageError,
])

/** The producer or the coordinator has a newer epoch: the transaction is left as it is. */
const fencingErrors: ReadonlySet<number> = new Set([
  ErrorCode.InvalidProducerEpoch,
  ErrorCode.TransactionCoordinatorFenced,
])

/** The markers of one transaction that are not all written. */
class Sending implements MarkerSending {
  readonly transaction: EndedTransaction
  readonly onDone: (partitions: readonly TopicPartition[]) => void
  #isOver = false

  constructor(
    transaction: EndedTransaction,
    onDone: (partitions: readonly TopicPartition[]) => void,
  ) {
    this.transaction = transaction
    this.onDone = onDone
  }

  /** Whether no marker must be sent any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  cancel(): void {
    this.#isOver = true
  }
}

function markersRequest(
  transaction: EndedTransaction,
  partitions: readonly TopicPartition[],
): RequestOf<typeof WriteTxnMarkers> {
  const { producerId, producerEpoch, isCommitted, coordinatorEpoch, transactionVersion } =
    transaction
  const byTopic = groupBy(partitions, ({ topic }) => topic)
  return {
    markers: [
      {
        producerId,
        producerEpoch,
        transactionResult: isCommitted,
        coordinatorEpoch,
        transactionVersion,
        topics: [...byTopic].map(([name, led]) => ({
          name,
          partitionIndexes: led.map(({ partition }) => partition),
        })),
      },
    ],
  }
}
