import type { Random } from '../platform/random.ts'
import { ZERO_UUID } from '../platform/uuid.ts'
import { Produce } from '../protocol/messages/index.ts'
import { encodeBatch } from '../record/batch-encoder.ts'
import type { RecordInput } from '../record/batch-encoder.ts'
import type { CompressionType } from '../record/compression-type.ts'
import type { ClusterClient } from './cluster-client.ts'
import { check, ClientError } from './client-error.ts'
import { partitionForKey } from './partitioner.ts'

export interface ProducerOptions {
  readonly topic: string
  /** Where all records go; default: by key, and batch by batch in turn for records without one. */
  readonly partition?: number | undefined
  readonly compression: CompressionType
  /** 0, 1, or -1 for all in-sync replicas. */
  readonly acks: number
  readonly random: Random
}

interface PartitionRecords {
  readonly topic: string
  readonly partition: number
  readonly records: RecordInput[]
}

/** The last version that names topics rather than giving their ids. */
const MAX_VERSION = 12
const TIMEOUT_MS = 30_000

/** Sends records to one topic, one request per leader at a time. */
export class RecordProducer {
  readonly #client: ClusterClient
  readonly #options: ProducerOptions
  readonly #partitionCount: number
  #unkeyedPartition: number

  /** Asks for the topic, which the broker may create then. */
  static async open(client: ClusterClient, options: ProducerOptions): Promise<RecordProducer> {
    const { topic, partition = 0 } = options
    const [found] = await client.topics([topic], true)
    const count = found!.partitions.length
    if (partition >= count) {
      throw new ClientError(
        'UNKNOWN_PARTITION',
        `topic ${topic} has no partition ${partition}; the last one is ${count - 1}`,
      )
    }
    return new RecordProducer(client, options, count)
  }

  private constructor(client: ClusterClient, options: ProducerOptions, partitionCount: number) {
    this.#client = client
    this.#options = options
    this.#partitionCount = partitionCount
    this.#unkeyedPartition = options.random.int(partitionCount)
  }

  /** Resolves when the records are acknowledged. Throws a BrokerError when the broker refuses them. */
  async send(records: readonly RecordInput[]): Promise<void> {
    let unsent = this.#partition(records)
    await this.#client.retry(async () => {
      for (const [leaderId, partitions] of await this.#client.leaders(unsent)) {
        await this.#sendTo(leaderId, partitions)
        unsent = unsent.filter((one) => !partitions.includes(one))
      }
    })
    this.#unkeyedPartition = (this.#unkeyedPartition + 1) % this.#partitionCount
  }

  #partition(records: readonly RecordInput[]): PartitionRecords[] {
    const { topic, partition: fixed } = this.#options
    const byPartition = new Map<number, PartitionRecords>()
    for (const record of records) {
      const keyed = record.key
        ? partitionForKey(record.key, this.#partitionCount)
        : this.#unkeyedPartition
      const partition = fixed ?? keyed
      const entry = byPartition.get(partition) ?? { topic, partition, records: [] }
      entry.records.push(record)
      byPartition.set(partition, entry)
    }
    return [...byPartition.values()]
  }

  async #sendTo(leaderId: number, partitions: readonly PartitionRecords[]): Promise<void> {
    const { topic, acks, compression } = this.#options
    const partitionData = partitions.map(({ partition, records }) => ({
      index: partition,
      records: encodeBatch(records, { compression }),
    }))
    const request = {
      acks,
      timeoutMs: TIMEOUT_MS,
      topicData: [{ name: topic, topicId: ZERO_UUID, partitionData }],
    }
    const broker = await this.#client.broker(leaderId)
    if (acks === 0) return broker.sendUnanswered(Produce, request, MAX_VERSION)
    const { responses } = await broker.send(Produce, request, MAX_VERSION)
    for (const { index, errorCode, errorMessage } of responses[0]?.partitionResponses ?? []) {
      check(errorCode, `producing to ${topic}-${index}`, errorMessage)
    }
  }
}
