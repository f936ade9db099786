import { DeleteRecords, DescribeProducers } from '../../protocol/messages/index.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { ClientCore } from '../client-core.ts'
import { check } from '../client-error.ts'
import {
  listOffsets,
  type FoundOffset,
  type IsolationLevel,
  type OffsetQuery,
} from '../list-offsets.ts'
import { retry } from '../retry.ts'
import { flatten, groupByTopic, nameOf, type TopicPartition } from '../topic-partition.ts'
import type { CallOptions } from './call-options.ts'

/** A partition, and the offset before which its records are deleted. */
export interface RecordsToDelete extends TopicPartition {
  /** -1 means all records up to the high watermark. */
  readonly beforeOffset: number
}

/** A producer whose state a partition keeps. */
export type ActiveProducer = ResponseOf<
  typeof DescribeProducers
>['topics'][number]['partitions'][number]['activeProducers'][number]

/** Options of a search for offsets. */
export interface ListOffsetsOptions extends CallOptions {
  /** Default `read_uncommitted`. */
  readonly isolationLevel?: IsolationLevel
}

/** Options of a description of producers. */
export interface DescribeProducersOptions extends CallOptions {
  /** The replica to ask; default the leader of each partition. */
  readonly brokerId?: number
}

/** Finds offsets, deletes records, and describes their producers. */
export class RecordsAdmin {
  readonly #core: ClientCore

  constructor(core: ClientCore) {
    this.#core = core
  }

  /** Returns offsets by time, or the first and last ones, in the order of the queries. */
  listOffsets(
    queries: readonly OffsetQuery[],
    { isolationLevel = 'read_uncommitted', signal }: ListOffsetsOptions = {},
  ): Promise<FoundOffset[]> {
    const { metadata, settings, closing } = this.#core
    return listOffsets(metadata, settings, queries, isolationLevel, [closing, signal])
  }

  /**
   * Deletes the records before an offset. Returns the new log start offsets.
   *
   * @throws BrokerError `OFFSET_OUT_OF_RANGE` if the offset is beyond the high watermark
   */
  async delete(
    partitions: readonly RecordsToDelete[],
    { signal }: CallOptions = {},
  ): Promise<(TopicPartition & { readonly lowWatermark: number })[]> {
    const { requestTimeoutMs } = this.#core.settings
    return this.#ofLeaders(partitions, signal, async (leaderId, led) => {
      const broker = await this.#core.metadata.broker(leaderId, undefined, [signal])
      const topics = groupByTopic(led, ({ partition, beforeOffset }) => ({
        partitionIndex: partition,
        offset: beforeOffset,
      }))
      const response = await broker.send(DeleteRecords, { topics, timeoutMs: requestTimeoutMs })
      return flatten(response.topics, ({ partitionIndex }) => partitionIndex).map((each) => {
        const { topic, partition, errorCode, lowWatermark } = each
        check(errorCode, `deleting records of ${nameOf(each)}`)
        return { topic, partition, lowWatermark }
      })
    })
  }

  /** Returns the producers whose state the partitions keep (KIP-664). */
  describeProducers(
    partitions: readonly TopicPartition[],
    { brokerId, signal }: DescribeProducersOptions = {},
  ): Promise<(TopicPartition & { readonly producers: readonly ActiveProducer[] })[]> {
    return this.#ofLeaders(partitions, signal, async (leaderId, led) => {
      const broker = await this.#core.metadata.broker(brokerId ?? leaderId, undefined, [signal])
      const topics = groupByTopic(led, ({ partition }) => partition).map(
        ({ name, partitions }) => ({ name, partitionIndexes: partitions }),
      )
      const response = await broker.send(DescribeProducers, { topics })
      return flatten(response.topics, ({ partitionIndex }) => partitionIndex).map((each) => {
        const { topic, partition, errorCode, errorMessage, activeProducers } = each
        check(errorCode, `the producers of ${nameOf(each)}`, errorMessage)
        return { topic, partition, producers: activeProducers }
      })
    })
  }

  /**
   * Sends the request to the leaders. If one has moved, sends it to all again, which has no further
   * effect.
   */
  #ofLeaders<P extends TopicPartition, R>(
    partitions: readonly P[],
    signal: AbortSignal | undefined,
    ask: (leaderId: number, led: readonly P[]) => Promise<R[]>,
  ): Promise<R[]> {
    const { metadata, settings, closing } = this.#core
    const signals = [closing, signal]
    return retry(settings, signals, async () => {
      const byLeader = await metadata.byLeader(partitions, signals)
      const asking = Array.from(byLeader, ([leaderId, led]) => ask(leaderId, led))
      const answers = await Promise.all(asking).catch((error: unknown) => {
        for (const { topic } of partitions) metadata.invalidate(topic)
        throw error
      })
      return answers.flat()
    })
  }
}
