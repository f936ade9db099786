import { readTransactionConfig } from '../../../src/coordinator/transaction/transaction-config.ts'
import { TransactionCoordinator } from '../../../src/coordinator/transaction/transaction-coordinator.ts'
import type { TransactionHooks } from '../../../src/coordinator/transaction/transaction-hooks.ts'
import type {
  EndedTransaction,
  MarkerSender,
} from '../../../src/coordinator/transaction/marker-sender.ts'
import type { TopicPartition } from '../../../src/coordinator/transaction/partition-set.ts'
import { stateName } from '../../../src/coordinator/transaction/transaction-state.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { ApiError } from '../../../src/protocol/api-error.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
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
}

/** A transaction coordinator that leads all partitions of its topic. */
export class TestCoordinator {
  readonly topic: MemoryInternalTopic
  readonly clock: ManualClock
  readonly markers = new HeldMarkers()
  readonly coordinator: TransactionCoordinator
  transactionVersion: number
  nextProducerId = 1000
  readonly loadFailures: unknown[] = []

  constructor(options: TestCoordinatorOptions = {}) {
    const { configs = {}, isTwoPhaseCommitEnabled = false } = options
    this.topic = options.topic ?? new MemoryInternalTopic()
    this.clock = options.clock ?? new ManualClock()
    this.transactionVersion = options.transactionVersion ?? 2
    this.coordinator = new TransactionCoordinator({
      clock: this.clock,
      config: readTransactionConfig({
        number: (name) => configs[name] ?? defaults[name]!,
        boolean: () => isTwoPhaseCommitEnabled,
      }),
      transactionVersion: () => this.transactionVersion,
      producerIds: { next: () => this.nextProducerId++ },
      markers: this.markers,
      hooks: options.hooks,
      partitionCount: () => this.topic.partitionCount,
      partitionExists: ({ topic }) => !topic.startsWith('missing'),
      isInternalTopic: (topic) => topic.startsWith('__'),
      onLoadFailure: (_, error) => this.loadFailures.push(error),
    })
    for (let index = 0; index < this.topic.partitionCount; index++) this.elect(index)
  }

  elect(index: number): void {
    this.coordinator.onElected(this.topic.partition(index))
  }

  init(transactionalId: string, fields: object = {}, version = 5) {
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

  /** Returns the errors by partition, such as `t-0`. */
  add(transactionalId: string, producer: Producer, partitions: string[], version = 3) {
    const topics = partitions.map((partition) => {
      const [name, index] = partition.split('-') as [string, string]
      return { name, partitions: [Number(index)] }
    })
    const response = immediate(
      this.coordinator.addPartitionsToTxn(
        {
          transactions: [{ transactionalId, ...producer, verifyOnly: false, topics }],
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

  end(transactionalId: string, producer: Producer, committed: boolean, version = 5) {
    return this.coordinator.endTxn(
      { transactionalId, ...producer, committed },
      { apiVersion: version },
    )
  }

  /** Starts a producer, and adds a partition to its transaction. */
  begin(transactionalId: string, partitions = ['t-0'], fields: object = {}): Producer {
    const producer = producerOf(immediate(this.init(transactionalId, fields)))
    this.add(transactionalId, producer, partitions)
    return producer
  }

  /** Returns the state, the producer id and the epoch of a transactional id. */
  stateOf(transactionalId: string): string | undefined {
    const found = this.coordinator.find(transactionalId)
    if (found === undefined || found instanceof ApiError) return undefined
    const { metadata } = found
    return `${stateName(metadata.state)} ${metadata.producerId}/${metadata.producerEpoch}`
  }
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
