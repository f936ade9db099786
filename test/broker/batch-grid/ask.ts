import {
  CreateTopics,
  DeleteTopics,
  Fetch,
  ListOffsets,
  Produce,
} from '../../../src/protocol/messages/index.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { type CompressionType, compressionTypes } from '../../../src/record/compression-type.ts'
import type { KafkaConnection } from '../../support/kafka-connection.ts'
import {
  type Answer,
  BASE_BEFORE_NOW_MS,
  produceAnswer,
  relativeTimes,
  type RelativeTimes,
  storedAnswer,
} from './answer.ts'
import { headerShapes } from './header-shapes.ts'
import { recordShapes } from './record-shapes.ts'
import { HOUR, type Shape } from './shape.ts'
import { streamShapes } from './stream-shapes.ts'
import { topics } from './topics.ts'

/** A shape in one codec, produced to one topic. */
export interface Cell {
  readonly shape: string
  readonly topic: string
  readonly codec: CompressionType
  readonly answer: Answer
}

/** Access to the broker under test. */
export interface Asked {
  /** Returns a new connection, which replaces one that the broker closed. */
  connect(): Promise<KafkaConnection>
  nowMs(): number
  /** Advances the broker's clock by at least a millisecond. */
  tick(): void
}

const shapes: readonly Shape[] = [...headerShapes, ...recordShapes, ...streamShapes]

/** More than the accepted batches of a topic. Refused batches leave a partition unchanged. */
const PARTITIONS = 600
const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const PRODUCE_VERSION = 12
/** The time that the broker may take for a topic. */
const TIMEOUT_MS = 60_000
const FETCH_VERSION = 12
const LIST_OFFSETS_VERSION = 8
const MAX_TIMESTAMP = -3
const LATEST = -1

/** Sends every cell of the grid to the broker. */
export async function askGrid(broker: Asked): Promise<Cell[]> {
  const cells: Cell[] = []
  for (const [topic, configs] of Object.entries(topics)) {
    const asker = new Asker(broker, topic)
    await asker.createTopic(configs)
    cells.push(...(await asker.askAll()))
    await asker.deleteTopic()
  }
  return cells
}

/** A batch that is the first of its partition, before one more record. */
interface Accepted {
  readonly answer: Answer
  readonly sent: Uint8Array
}

class Asker {
  readonly #broker: Asked
  readonly #topic: string
  readonly #baseMs: number
  readonly #times: RelativeTimes
  #connection: KafkaConnection | undefined
  /** By partition. */
  readonly #accepted: Accepted[] = []

  constructor(broker: Asked, topic: string) {
    this.#broker = broker
    this.#topic = topic
    this.#baseMs = broker.nowMs() - BASE_BEFORE_NOW_MS
    const times = relativeTimes(this.#baseMs)
    // The partition of a refused batch depends on the number of accepted ones.
    this.#times = (text) => times(text).replaceAll(/(topic partition [\w-]+-)\d+/g, '$1N')
  }

  async createTopic(configs: Readonly<Record<string, string>>): Promise<void> {
    const connection = await this.#connect()
    await connection.call(CreateTopics, 7, {
      topics: [
        {
          name: this.#topic,
          numPartitions: PARTITIONS,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
        },
      ],
      timeoutMs: TIMEOUT_MS,
    })
    // Wait until the broker is the leader of its partitions.
    for (let isReady = false; !isReady;) {
      const partitions = await this.#listOffsets(LATEST, PARTITIONS)
      isReady = partitions.every(({ errorCode }) => errorCode === ErrorCode.None)
    }
  }

  async deleteTopic(): Promise<void> {
    const connection = await this.#connect()
    await connection.call(DeleteTopics, 5, {
      topicNames: [this.#topic],
      topics: [],
      timeoutMs: TIMEOUT_MS,
    })
    connection.close()
  }

  async askAll(): Promise<Cell[]> {
    const cells: Cell[] = []
    for (const { name, batch } of shapes) {
      for (const codec of compressionTypes) {
        const sent = batch(codec, this.#baseMs)
        if (sent === undefined) continue
        const answer = await this.#produce(sent)
        cells.push({ shape: name, topic: this.#topic, codec, answer })
      }
    }
    for (const [partition, { answer, sent }] of this.#accepted.entries()) {
      const fetched = await this.#fetch(partition)
      Object.assign(answer, storedAnswer(fetched, sent, this.#times))
    }
    await this.#findOffsets()
    return cells
  }

  async #produce(sent: Uint8Array): Promise<Answer> {
    const partition = this.#accepted.length
    // Copy the batch, because the broker may change the frame.
    const response = await this.#append(partition, Buffer.from(sent)).catch(() => undefined)
    if (response === undefined) return { produced: 'closed' }
    const answer = produceAnswer(response, this.#times)
    if (response.errorCode !== ErrorCode.None) return answer
    this.#accepted.push({ answer, sent })
    this.#broker.tick()
    const after = { timestamp: this.#baseMs + 20, key: Buffer.from('k'), value: Buffer.from('v') }
    await this.#append(partition, encodeBatch([after]))
    return answer
  }

  async #append(index: number, records: Uint8Array) {
    const connection = await this.#connect()
    const { responses } = await connection.call(Produce, PRODUCE_VERSION, {
      transactionalId: null,
      acks: 1,
      timeoutMs: 10_000,
      topicData: [{ name: this.#topic, topicId: NO_TOPIC_ID, partitionData: [{ index, records }] }],
    })
    return responses[0]!.partitionResponses[0]!
  }

  async #fetch(partition: number): Promise<Uint8Array> {
    const connection = await this.#connect()
    const { responses } = await connection.call(Fetch, FETCH_VERSION, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [
        {
          topic: this.#topic,
          topicId: NO_TOPIC_ID,
          partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 }],
        },
      ],
      forgottenTopicsData: [],
    })
    return responses[0]!.partitions[0]!.records ?? new Uint8Array(0)
  }

  async #findOffsets(): Promise<void> {
    const timestamps = [0, 1, 4, 21].map((distance) => this.#baseMs + distance)
    const early = [this.#baseMs - 24 * HOUR, 0]
    const late = this.#baseMs + 5 * HOUR
    for (const timestamp of [...early, ...timestamps, late, MAX_TIMESTAMP, LATEST]) {
      const found = await this.#listOffsets(timestamp, this.#accepted.length)
      for (const { partitionIndex, errorCode, offset, timestamp: at } of found) {
        const { answer } = this.#accepted[partitionIndex]!
        const place =
          errorCode === 0 ? `${offset}@${this.#times(String(at))}` : `error ${errorCode}`
        answer.found = answer.found === undefined ? place : `${answer.found}, ${place}`
      }
    }
  }

  async #listOffsets(timestamp: number, count: number) {
    if (count === 0) return []
    const connection = await this.#connect()
    const partitions = Array.from({ length: count }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp,
    }))
    const { topics: answers } = await connection.call(ListOffsets, LIST_OFFSETS_VERSION, {
      replicaId: -1,
      isolationLevel: 0,
      timeoutMs: 0,
      topics: [{ name: this.#topic, partitions }],
    })
    return answers[0]!.partitions
  }

  async #connect(): Promise<KafkaConnection> {
    if (this.#connection === undefined || this.#connection.isClosed) {
      this.#connection = await this.#broker.connect()
    }
    return this.#connection
  }
}
