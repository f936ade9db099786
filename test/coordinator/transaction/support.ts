import { readTransactionConfig } from '../../../src/coordinator/transaction/transaction-config.ts'
import { TransactionCoordinator } from '../../../src/coordinator/transaction/transaction-coordinator.ts'
import type { TransactionHooks } from '../../../src/coordinator/transaction/transaction-hooks.ts'
import type {
  EndedTransaction,
  MarkerSender,
} from '../../../src/coordinator/transaction/marker-sender.ts'
import type { TopicPartition } from '../../../src/coordinator/transaction/partition-set.ts'
import {
  MAX_PRODUCER_EPOCH,
  newTransaction,
} from '../../../src/coordinator/transaction/transaction-metadata.ts'
import type { TransactionMetadata } from '../../../src/coordinator/transaction/transaction-metadata.ts'
import { transactionRecords } from '../../../src/coordinator/transaction/transaction-records.ts'
import { stateName } from '../../../src/coordinator/transaction/transaction-state.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { ApiError } from '../../../src/protocol/api-error.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import type { AddPartitionsToTxn } from '../../../src/protocol/messages/index.ts'
import type { RequestOf } from '../../../src/protocol/schema/index.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { immediate, MemoryInternalTopic } from '../memory-internal-topic.ts'

/** The broker configs that the tests do not set. */
const defaults: Readonly<Record<string, number>> = {
  'transaction.max.timeout.ms': 900_000,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 10_000,
  'transactional.id.expiration.ms': 604_800_000,
  'transaction.remove.expired.transaction.cleanup.interval.ms': 3_600_000,
}

/** Writes no marker until the test says so. */
class HeldMarkers implements MarkerSender {
  /** Whether markers are written as soon as they are sent. */
  isImmediate = true
  readonly sent: EndedTransaction[] = []
  readonly cancelled: string[] = []
  readonly #waiting: { topic: TopicPartition; done: () => void }[] = []

  send(
    transaction: EndedTransaction,
    onDone: (partitions: readonly TopicPartition[]) => void,
  ): { cancel(): void } {
    this.sent.push(transaction)
    if (this.isImmediate) onDone(transaction.partitions)
    else
      for (const topic of transaction.partitions) {
        this.#waiting.push({ topic, done: () => onDone([topic]) })
      }
    return { cancel: () => this.cancelled.push(transaction.transactionalId) }
  }

  /** Writes the oldest markers; default all. */
  write(count = this.#waiting.length): void {
    for (const { done } of this.#waiting.splice(0, count)) done()
  }
}

export interface TestCoordinatorOptions {
  /** Continues with the records of another coordinator. */
  readonly topic?: MemoryInternalTopic
  readonly configs?: Readonly<Record<string, number>>
  readonly isTwoPhaseCommitEnabled?: boolean
  readonly transactionVersion?: number
  readonly hooks?: TransactionHooks
  readonly clock?: ManualClock
  /** Whether markers are written only when the test says so; default false. */
  readonly areMarkersHeld?: boolean
}

/** A transaction coordinator that leads all partitions of its topic. */
export class TestCoordinator {
  readonly topic: MemoryInternalTopic
  readonly clock: ManualClock
  readonly markers = new HeldMarkers()
  readonly coordinator: TransactionCoordinator
  transactionVersion: number
  nextProducerId = 1000
  hasProducerIds = true
  #producerIdsDelay: Promise<void> | undefined
  readonly loadFailures: unknown[] = []

  constructor(options: TestCoordinatorOptions = {}) {
    const { configs = {}, isTwoPhaseCommitEnabled = false } = options
    this.topic = options.topic ?? new MemoryInternalTopic()
    this.clock = options.clock ?? new ManualClock()
    this.markers.isImmediate = options.areMarkersHeld !== true
    this.transactionVersion = options.transactionVersion ?? 2
    this.coordinator = new TransactionCoordinator({
      clock: this.clock,
      config: readTransactionConfig({
        number: (name) => configs[name] ?? defaults[name]!,
        boolean: () => isTwoPhaseCommitEnabled,
      }),
      transactionVersion: () => this.transactionVersion,
      producerIds: { next: () => this.#nextProducerId() },
      markers: this.markers,
      hooks: options.hooks,
      partitionCount: () => this.topic.partitionCount,
      partitionExists: ({ topic }) => !topic.startsWith('missing'),
      isInternalTopic: (topic) => topic.startsWith('__'),
      onLoadFailure: (_, error) => this.loadFailures.push(error),
    })
    for (let index = 0; index < this.topic.partitionCount; index++) this.elect(index)
  }

  #nextProducerId(): number | undefined | Promise<number> {
    if (!this.hasProducerIds) return undefined
    const id = this.nextProducerId++
    return this.#producerIdsDelay === undefined ? id : this.#producerIdsDelay.then(() => id)
  }

  /** Producer ids are allocated only when the returned function is called. */
  delayProducerIds(): () => void {
    let release = (): void => {}
    this.#producerIdsDelay = new Promise((resolve) => (release = resolve))
    return () => {
      this.#producerIdsDelay = undefined
      release()
    }
  }

  elect(index: number): void {
    this.coordinator.onElected(this.topic.partition(index))
  }

  init(transactionalId: string, fields: object = {}, version = 5) {
    return immediate(this.startInit(transactionalId, fields, version))
  }

  /** Like {@link init}; the response may have to wait. */
  startInit(transactionalId: string, fields: object = {}, version = 5) {
    return this.coordinator.initProducerId(
      {
        transactionalId,
        transactionTimeoutMs: 60_000,
        producerId: -1,
        producerEpoch: -1,
        enable2Pc: false,
        keepPreparedTxn: false,
        ...fields,
      },
      { apiVersion: version },
    )
  }

  /** Returns the errors by partition, such as `t-0 None`. */
  add(transactionalId: string, producer: Producer, partitions: string[], version = 3): string[] {
    return this.#add(transactionalId, producer, partitions, version, false)
  }

  /** Returns the errors by partition, such as `t-0 None`. */
  verify(transactionalId: string, producer: Producer, partitions: string[]): string[] {
    return this.#add(transactionalId, producer, partitions, 5, true)
  }

  #add(
    transactionalId: string,
    producer: Producer,
    partitions: string[],
    version: number,
    verifyOnly: boolean,
  ): string[] {
    const topics = partitions.map(topicOf)
    const response = immediate(
      this.coordinator.addPartitionsToTxn(
        {
          transactions: [{ transactionalId, ...producer, verifyOnly, topics }],
          v3AndBelowTransactionalId: transactionalId,
          v3AndBelowProducerId: producer.producerId,
          v3AndBelowProducerEpoch: producer.producerEpoch,
          v3AndBelowTopics: topics,
        },
        { apiVersion: version },
      ),
    )
    const results =
      version >= 4
        ? response.resultsByTransaction[0]!.topicResults
        : response.resultsByTopicV3AndBelow
    return results.flatMap(({ name, resultsByPartition }) =>
      resultsByPartition.map(
        ({ partitionIndex, partitionErrorCode }) =>
          `${name}-${partitionIndex} ${errorName(partitionErrorCode)}`,
      ),
    )
  }

  /** Sends AddPartitionsToTxn v5, as brokers do. */
  addAll(transactions: RequestOf<typeof AddPartitionsToTxn>['transactions']) {
    const none = { v3AndBelowProducerId: -1, v3AndBelowProducerEpoch: -1, v3AndBelowTopics: [] }
    const request = { transactions, v3AndBelowTransactionalId: '', ...none }
    return immediate(this.coordinator.addPartitionsToTxn(request, { apiVersion: 5 }))
  }

  /** Adds a partition; the response waits until the record is committed. */
  addWaiting(transactionalId: string, producer: Producer, partition: string) {
    return this.coordinator.addPartitionsToTxn(
      {
        transactions: [],
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: producer.producerId,
        v3AndBelowProducerEpoch: producer.producerEpoch,
        v3AndBelowTopics: [topicOf(partition)],
      },
      { apiVersion: 3 },
    )
  }

  end(transactionalId: string, producer: Producer, committed: boolean, version = 5) {
    return immediate(this.startEnd(transactionalId, producer, committed, version))
  }

  /** Like {@link end}; the response may have to wait. */
  startEnd(transactionalId: string, producer: Producer, committed: boolean, version = 5) {
    return this.coordinator.endTxn(
      { transactionalId, ...producer, committed },
      { apiVersion: version },
    )
  }

  /** Starts a producer, and adds a partition to its transaction. */
  begin(transactionalId: string, partitions = ['t-0'], fields: object = {}): Producer {
    const producer = producerOf(this.init(transactionalId, fields))
    this.add(transactionalId, producer, partitions)
    return producer
  }

  /** Starts a producer with the last epoch that a producer gets. */
  exhaust(transactionalId: string): Producer {
    const index = this.coordinator.partitionFor(transactionalId)
    const metadata = {
      ...newTransaction(this.nextProducerId++, 60_000, this.clock.now()),
      producerEpoch: MAX_PRODUCER_EPOCH - 2,
    }
    const record = transactionRecords(() => 2).encode({ transactionalId, metadata })
    this.coordinator.onResigned(index)
    this.topic.partition(index).append(encodeBatch([record]))
    this.elect(index)
    return producerOf(this.init(transactionalId))
  }

  metadataOf(transactionalId: string): TransactionMetadata {
    const found = this.coordinator.find(transactionalId)
    if (found === undefined || found instanceof ApiError) throw new Error('not found')
    return found.metadata
  }

  /** Returns the state, the producer id and the epoch of a transactional id. */
  stateOf(transactionalId: string): string | undefined {
    const found = this.coordinator.find(transactionalId)
    if (found === undefined || found instanceof ApiError) return undefined
    const { metadata } = found
    return `${stateName(metadata.state)} ${metadata.producerId}/${metadata.producerEpoch}`
  }
}

/** Returns the topic of a partition such as `t-0`, as requests name it. */
function topicOf(partition: string) {
  const end = partition.lastIndexOf('-')
  return { name: partition.slice(0, end), partitions: [Number(partition.slice(end + 1))] }
}

export interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

/** Returns the producer of a successful response. */
export function producerOf(response: {
  readonly errorCode: number
  readonly producerId?: number | undefined
  readonly producerEpoch?: number | undefined
}): Producer {
  if (response.errorCode !== ErrorCode.None) {
    throw new Error(`refused with ${errorName(response.errorCode)}`)
  }
  return { producerId: response.producerId!, producerEpoch: response.producerEpoch! }
}

/** Returns the name of an error code. */
export function errorName(code: number): string {
  return Object.keys(ErrorCode).find((name) => ErrorCode[name as keyof typeof ErrorCode] === code)!
}
