import { ZERO_UUID } from '../platform/uuid.ts'
import { ErrorCode, isRetriable } from '../protocol/error-code.ts'
import { Fetch } from '../protocol/messages/index.ts'
import { batchesOf } from '../record/batch-view.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'
import { recordsOf } from '../record/records.ts'
import type { TimestampType } from '../record/timestamp-type.ts'
import type { ClusterClient } from './cluster-client.ts'
import { BrokerError } from './client-error.ts'
import { groupByTopic } from './topic-partition.ts'
import type { TopicPartition } from './topic-partition.ts'

/** Where a consumer stands in a partition. */
export interface PartitionPosition extends TopicPartition {
  /** The next offset to read: that after the last record which the listener has dealt with. */
  offset: number
  /** Whether everything that was there at the last fetch has been read. */
  isAtEnd: boolean
}

/** Takes one record; what it returns is awaited before the next one. */
export type RecordListener = (
  record: KafkaRecord,
  timestampType: TimestampType,
  position: PartitionPosition,
) => void | Promise<void>

/** The last version that names topics rather than giving their ids. */
const MAX_VERSION = 12
const MAX_WAIT_MS = 500
const MAX_BYTES = 50 * 1024 * 1024
const PARTITION_MAX_BYTES = 1024 * 1024

/** Fetches partitions from their leaders, each leader at its own pace, until told to stop. */
export class PartitionFetcher {
  readonly #client: ClusterClient
  readonly #positions: readonly PartitionPosition[]
  readonly #onRecord: RecordListener
  readonly #onProgress: () => void
  #output: Promise<void> = Promise.resolve()
  #isStopped = false
  #isStale = false

  /** @param onProgress called after each answer, when `isAtEnd` of the positions is up to date */
  constructor(
    client: ClusterClient,
    positions: readonly PartitionPosition[],
    onRecord: RecordListener,
    onProgress: () => void,
  ) {
    this.#client = client
    this.#positions = positions
    this.#onRecord = onRecord
    this.#onProgress = onProgress
  }

  /** Records that have been fetched are dropped from now on; {@link run} resolves after the fetches under way. */
  stop(): void {
    this.#isStopped = true
  }

  /** Resolves when stopped; at once when there is nothing to fetch. */
  async run(): Promise<void> {
    while (!this.#isStopped && this.#positions.length > 0) {
      this.#isStale = false
      const leaders = await this.#client.leaders(this.#positions)
      await Promise.all([...leaders].map(([leaderId, led]) => this.#follow(leaderId, led)))
      if (this.#isStale && !this.#isStopped) await this.#client.sleep(100)
    }
  }

  async #follow(leaderId: number, led: readonly PartitionPosition[]): Promise<void> {
    const broker = await this.#client.broker(leaderId)
    while (!this.#isStopped && !this.#isStale) {
      const response = await broker.send(Fetch, fetchRequest(led), MAX_VERSION)
      if (response.errorCode !== ErrorCode.None)
        throw new BrokerError(response.errorCode, 'fetching')
      for (const { topic, partitions } of response.responses) {
        for (const partition of partitions) {
          const position = led.find(
            (p) => p.topic === topic && p.partition === partition.partitionIndex,
          )!
          if (partition.errorCode !== ErrorCode.None) this.#onError(partition.errorCode, position)
          else
            await this.#inTurn(() =>
              this.#take(position, partition.records, partition.highWatermark),
            )
        }
      }
      this.#onProgress()
    }
  }

  /** Keeps the records of different leaders apart while they are written. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    this.#output = this.#output.then(task)
    return this.#output
  }

  async #take(
    position: PartitionPosition,
    records: Uint8Array | null,
    highWatermark: number,
  ): Promise<void> {
    for (const batch of batchesOf(records ?? EMPTY)) {
      for (const record of batch.isControl ? [] : recordsOf(batch)) {
        if (this.#isStopped) return
        if (record.offset < position.offset) continue
        await this.#onRecord(record, batch.timestampType, position)
        position.offset = record.offset + 1
      }
      position.offset = Math.max(position.offset, batch.nextOffset)
    }
    position.isAtEnd = position.offset >= highWatermark
  }

  #onError(code: number, { topic, partition, offset }: PartitionPosition): void {
    if (!isRetriable(code))
      throw new BrokerError(code, `fetching ${topic}-${partition} from offset ${offset}`)
    this.#isStale = true
  }
}

const EMPTY = new Uint8Array(0)

function fetchRequest(positions: readonly PartitionPosition[]) {
  return {
    maxWaitMs: MAX_WAIT_MS,
    minBytes: 1,
    maxBytes: MAX_BYTES,
    topics: groupByTopic(positions, ({ partition, offset }) => ({
      partition,
      fetchOffset: offset,
      partitionMaxBytes: PARTITION_MAX_BYTES,
    })).map(({ name, partitions }) => ({ topic: name, topicId: ZERO_UUID, partitions })),
    forgottenTopicsData: [],
  }
}
