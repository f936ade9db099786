import { expect } from 'vitest'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  AddPartitionsToTxn,
  DescribeProducers,
  EndTxn,
  FindCoordinator,
  InitProducerId,
  Produce,
} from '../../src/protocol/messages/index.ts'
import { batch, type Caller, type ProducedPartition, produceRequest } from './support.ts'

/** The key type of transactional ids in FindCoordinator. */
const TRANSACTION = 1

/** A producer as a broker knows it. */
export interface ProducerIdAndEpoch {
  readonly producerId: number
  readonly producerEpoch: number
}

/** A batch in a Produce. */
export interface SentBatch {
  readonly topic?: string
  readonly partition?: number
  readonly values?: readonly string[]
  readonly isTransactional?: boolean
  /** Default 12: the partition is added to the transaction. */
  readonly version?: number
}

/**
 * Sends the requests of one transactional producer to one broker, which coordinates its id and
 * leads its partitions. Sequences are explicit. Nothing is retried.
 */
export class RawProducer {
  readonly id: string
  readonly #caller: Caller

  constructor(caller: Caller, id = 'bank') {
    this.#caller = caller
    this.id = id
  }

  async init(): Promise<ProducerIdAndEpoch> {
    const caller = this.#caller
    const coordinator = { key: '', keyType: TRANSACTION, coordinatorKeys: [this.id] }
    await caller.call(FindCoordinator, 4, coordinator)
    const request = { transactionalId: this.id, transactionTimeoutMs: 60_000 }
    let response = await caller.call(InitProducerId, 5, request)
    // It aborts the open transaction of a producer with the same id first.
    if (response.errorCode === ErrorCode.ConcurrentTransactions) {
      response = await caller.call(InitProducerId, 5, request)
    }
    expect(response.errorCode).toBe(ErrorCode.None)
    return { producerId: response.producerId, producerEpoch: response.producerEpoch }
  }

  /** Adds partitions of `orders` with the request of transaction version 1. */
  async add({ producerId, producerEpoch }: ProducerIdAndEpoch, ...partitions: number[]) {
    const { resultsByTopicV3AndBelow } = await this.#caller.call(AddPartitionsToTxn, 3, {
      transactions: [],
      v3AndBelowTransactionalId: this.id,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: 'orders', partitions }],
    })
    for (const { partitionErrorCode } of resultsByTopicV3AndBelow[0]!.resultsByPartition) {
      expect(partitionErrorCode).toBe(ErrorCode.None)
    }
  }

  async produce(
    producer: ProducerIdAndEpoch,
    baseSequence: number,
    sent: SentBatch = {},
  ): Promise<ProducedPartition> {
    const { topic = 'orders', partition = 0, values = ['a'], version = 12 } = sent
    const { isTransactional = true } = sent
    const records = batch(values, { ...producer, baseSequence, isTransactional })
    const request = produceRequest(topic, [{ index: partition, records }], {
      transactionalId: this.id,
    })
    const { responses } = await this.#caller.call(Produce, version, request)
    return responses[0]!.partitionResponses[0]!
  }

  /** Returns the error, or the offset of the first record. */
  async send(producer: ProducerIdAndEpoch, baseSequence: number, sent: SentBatch = {}) {
    const { errorCode, baseOffset } = await this.produce(producer, baseSequence, sent)
    return errorCode === ErrorCode.None ? baseOffset : { errorCode }
  }

  /**
   * Ends the transaction.
   *
   * @param version default 5, which increments the epoch; 4 is of transaction version 1
   * @returns the producer of the next transaction
   */
  async end(
    { producerId, producerEpoch }: ProducerIdAndEpoch,
    committed: boolean,
    version = 5,
  ): Promise<ProducerIdAndEpoch> {
    const request = { transactionalId: this.id, producerId, producerEpoch, committed }
    const response = await this.#caller.call(EndTxn, version, request)
    expect(response.errorCode).toBe(ErrorCode.None)
    if (version < 5) return { producerId, producerEpoch }
    return { producerId: response.producerId, producerEpoch: response.producerEpoch }
  }
}

/** Returns the producers of a partition, each as `[epoch, last sequence, open transaction]`. */
export async function producersOf(caller: Caller, topic = 'orders', partition = 0) {
  const request = { topics: [{ name: topic, partitionIndexes: [partition] }] }
  const { topics } = await caller.call(DescribeProducers, 0, request)
  return topics[0]!.partitions[0]!.activeProducers.map(
    ({ producerEpoch, lastSequence, currentTxnStartOffset }) => [
      producerEpoch,
      lastSequence,
      currentTxnStartOffset,
    ],
  )
}
