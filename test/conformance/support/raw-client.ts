import { once } from 'node:events'
import { connect } from 'node:net'
import {
  AddPartitionsToTxn,
  CreateTopics,
  DescribeConfigs,
  EndTxn,
  FindCoordinator,
  IncrementalAlterConfigs,
  InitProducerId,
  OffsetCommit,
  Produce,
} from '../../../src/protocol/messages/index.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import type { EncodeOptions, RecordInput } from '../../../src/record/batch-encoder.ts'
import { vi } from 'vitest'
import { KafkaConnection } from '../../support/kafka-connection.ts'
import { waitMs } from './patience.ts'

export const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** A producer's id and epoch; `sequence` is that of its next record. */
export interface Producer {
  producerId: number
  producerEpoch: number
  readonly transactionalId: string | null
  sequence: number
}

/** The base offset of an appended batch, or the error. */
export interface Appended {
  readonly baseOffset: number
  readonly errorCode: number
}

/** Sends requests directly, so that a test controls every byte of a batch and every append. */
export class RawClient {
  readonly connection: KafkaConnection

  private constructor(connection: KafkaConnection) {
    this.connection = connection
  }

  static async connect({ port }: { port: number }): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RawClient(new KafkaConnection(socket))
  }

  close(): void {
    this.connection.close()
  }

  /** Creates a topic and returns its id. */
  async createTopic(
    name: string,
    numPartitions = 1,
    configs: Readonly<Record<string, string | number>> = {},
  ): Promise<string> {
    const { topics } = await this.connection.call(CreateTopics, 7, {
      topics: [
        {
          name,
          numPartitions,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({
            name: key,
            value: String(value),
          })),
        },
      ],
    })
    const { errorCode, errorMessage, topicId } = topics[0]!
    if (errorCode !== 0) throw new Error(`cannot create ${name}: ${errorCode} ${errorMessage}`)
    return topicId
  }

  async describeTopicConfig(name: string, key: string): Promise<string | null> {
    const { results } = await this.connection.call(DescribeConfigs, 4, {
      resources: [{ resourceType: TOPIC_RESOURCE, resourceName: name, configurationKeys: [key] }],
      includeSynonyms: false,
      includeDocumentation: false,
    })
    return results[0]!.configs[0]!.value
  }

  async alterTopic(
    name: string,
    configs: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    const { responses } = await this.connection.call(IncrementalAlterConfigs, 1, {
      resources: [
        {
          resourceType: TOPIC_RESOURCE,
          resourceName: name,
          configs: Object.entries(configs).map(([key, value]) => ({
            name: key,
            configOperation: 0,
            value: String(value),
          })),
        },
      ],
      validateOnly: false,
    })
    const { errorCode, errorMessage } = responses[0]!
    if (errorCode !== 0) throw new Error(`cannot alter ${name}: ${errorCode} ${errorMessage}`)
  }

  /**
   * Appends one batch unchanged. Retries while the broker is becoming the leader of the partition.
   */
  async append(
    topic: string,
    partition: number,
    records: Uint8Array,
    transactionalId: string | null = null,
  ): Promise<Appended> {
    return settled('Produce', async () => {
      const { responses } = await this.connection.call(Produce, 9, {
        transactionalId,
        acks: -1,
        timeoutMs: 10_000,
        topicData: [
          { name: topic, topicId: NO_TOPIC_ID, partitionData: [{ index: partition, records }] },
        ],
      })
      return responses[0]!.partitionResponses[0]!
    })
  }

  /** Appends records as one batch, with the producer if given, and returns their base offset. */
  async produce(
    topic: string,
    partition: number,
    records: readonly RecordInput[],
    options: EncodeOptions = {},
    producer?: Producer,
  ): Promise<number> {
    const asProducer: EncodeOptions =
      producer === undefined
        ? {}
        : {
            producerId: producer.producerId,
            producerEpoch: producer.producerEpoch,
            baseSequence: producer.sequence,
            isTransactional: producer.transactionalId !== null,
          }
    const batch = encodeBatch(records, { ...options, ...asProducer })
    const id = producer?.transactionalId ?? null
    const { baseOffset, errorCode } = await this.append(topic, partition, batch, id)
    if (errorCode !== 0) throw new Error(`cannot append to ${topic}-${partition}: ${errorCode}`)
    if (producer !== undefined) producer.sequence += records.length
    return baseOffset
  }

  /** Returns a producer with an id, transactional if a transactional id is given. */
  async initProducer(transactionalId: string | null = null): Promise<Producer> {
    if (transactionalId !== null) await this.#findCoordinator(transactionalId, TRANSACTION)
    return retry('InitProducerId', async () => {
      const { errorCode, producerId, producerEpoch } = await this.connection.call(
        InitProducerId,
        4,
        { transactionalId, transactionTimeoutMs: 600_000 },
      )
      return { errorCode, result: { producerId, producerEpoch, transactionalId, sequence: 0 } }
    })
  }

  async addToTransaction(
    producer: Producer,
    topic: string,
    partitions: readonly number[],
  ): Promise<void> {
    await retry('AddPartitionsToTxn', async () => {
      const { resultsByTopicV3AndBelow: results } = await this.connection.call(
        AddPartitionsToTxn,
        3,
        {
          transactions: [],
          v3AndBelowTransactionalId: producer.transactionalId!,
          v3AndBelowProducerId: producer.producerId,
          v3AndBelowProducerEpoch: producer.producerEpoch,
          v3AndBelowTopics: [{ name: topic, partitions: [...partitions] }],
        },
      )
      const errors = results.flatMap(({ resultsByPartition }) =>
        resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
      )
      return { errorCode: errors.find((error) => error !== 0) ?? 0, result: undefined }
    })
  }

  /**
   * Commits or aborts, and resolves when the markers are in the partitions. The producer then has a
   * new epoch.
   */
  async endTransaction(producer: Producer, committed: boolean): Promise<void> {
    await retry('EndTxn', async () => {
      const { errorCode } = await this.connection.call(EndTxn, 3, {
        transactionalId: producer.transactionalId!,
        producerId: producer.producerId,
        producerEpoch: producer.producerEpoch,
        committed,
      })
      return { errorCode, result: undefined }
    })
    // This waits for the end of the transaction.
    Object.assign(producer, await this.initProducer(producer.transactionalId))
  }

  /** Commits an offset of partition 0 for a group without members. */
  async commitOffset(groupId: string, topic: string, committedOffset: number): Promise<void> {
    await this.findGroupCoordinator(groupId)
    await retry('OffsetCommit', async () => {
      const { topics } = await this.connection.call(OffsetCommit, 8, {
        groupId,
        generationIdOrMemberEpoch: -1,
        memberId: '',
        topics: [
          {
            name: topic,
            topicId: NO_TOPIC_ID,
            partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: null }],
          },
        ],
      })
      return { errorCode: topics[0]!.partitions[0]!.errorCode, result: undefined }
    })
  }

  /** Creates `__consumer_offsets` if there is none, and resolves when the coordinator is known. */
  findGroupCoordinator(groupId: string): Promise<void> {
    return this.#findCoordinator(groupId, GROUP)
  }

  #findCoordinator(key: string, keyType: number): Promise<void> {
    return retry('FindCoordinator', async () => {
      const { coordinators } = await this.connection.call(FindCoordinator, 4, {
        key: '',
        keyType,
        coordinatorKeys: [key],
      })
      return { errorCode: coordinators[0]!.errorCode, result: undefined }
    })
  }
}

const TOPIC_RESOURCE = 2
const GROUP = 0
const TRANSACTION = 1
/** Errors that go away when the broker is ready. */
const transientErrors: ReadonlySet<number> = new Set([3, 6, 14, 15, 16, 51])

/** Calls until the broker is ready; throws any other error. */
export async function retry<T>(
  what: string,
  call: () => Promise<{ errorCode: number; result: T }>,
): Promise<T> {
  const { errorCode, result } = await settled(what, call)
  if (errorCode !== 0) throw new Error(`${what}: ${errorCode}`)
  return result
}

async function settled<T extends { errorCode: number }>(
  what: string,
  call: () => Promise<T>,
): Promise<T> {
  const answer = await vi.waitFor(
    async () => {
      // A failed call is not retried: the broker has stopped.
      const outcome = await call().catch((error: unknown) => ({ error }))
      if ('errorCode' in outcome && transientErrors.has(outcome.errorCode)) {
        throw new Error(`${what} is answered ${outcome.errorCode}`)
      }
      return outcome
    },
    { timeout: waitMs, interval: 50 },
  )
  if ('error' in answer) throw answer.error
  return answer
}
