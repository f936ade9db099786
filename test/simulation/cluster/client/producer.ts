import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { Produce } from '../../../../src/protocol/messages/00-produce.ts'
import { InitProducerId } from '../../../../src/protocol/messages/22-init-producer-id.ts'
import { encodeBatch } from '../../../../src/record/batch-encoder.ts'
import { CompressionType } from '../../../../src/record/compression-type.ts'
import type { TopicModel } from '../model/topics-model.ts'
import { orLost, type Client } from './client.ts'

/** The number of batches of a partition that are in flight at a time. */
const MAX_IN_FLIGHT = 5

/** The number of attempts after which a batch counts as refused for good. */
const MAX_ATTEMPTS = 400

/** One record batch. */
interface Batch {
  readonly values: readonly string[]
  readonly baseSequence: number
  readonly bytes: Uint8Array
  /** The start of the cluster during which it was first sent. */
  firstStart: number | undefined
  attempts: number
}

type Outcome = 'acknowledged' | 'unknown' | 'retry' | 'gone'

/** Errors after which the producer retries a batch. */
const retriable = new Set<number>([
  ErrorCode.NotLeaderOrFollower,
  ErrorCode.LeaderNotAvailable,
  ErrorCode.KafkaStorageError,
  ErrorCode.NotEnoughReplicas,
  ErrorCode.NotEnoughReplicasAfterAppend,
  ErrorCode.RequestTimedOut,
  ErrorCode.OutOfOrderSequenceNumber,
])

/**
 * A producer of one partition. It sends its batches in order, and retries until they are
 * acknowledged or the topic is deleted.
 */
export class Producer {
  readonly #client: Client
  readonly #topic: TopicModel
  readonly #partition: number
  readonly #isIdempotent: boolean
  readonly #acks: number
  readonly #compression: CompressionType
  readonly #recordBytes: number
  #producerId = -1
  #initialized: Promise<void> | undefined
  #sequence = 0
  #number = 0
  #waiting: Batch[] = []
  #isSending = false

  constructor(client: Client, topic: TopicModel, partition: number) {
    const { dice } = client
    this.#client = client
    this.#topic = topic
    this.#partition = partition
    // A power failure may lose the allocation of a producer id. The id is then allocated again.
    this.#isIdempotent = !client.world.settings.losesAcknowledged && dice.chance(0.7)
    this.#acks = this.#isIdempotent ? -1 : dice.pick([-1, 1, 1, 0])
    this.#compression = dice.chance(0.15)
      ? dice.pick([CompressionType.Gzip, CompressionType.Lz4, CompressionType.Snappy])
      : CompressionType.None
    const { hasLargeRecords } = client.world.settings
    this.#recordBytes = hasLargeRecords && dice.chance(0.2) ? dice.between(1000, 6000) : 0
  }

  /** Sends new batches. Resolves when none is in flight. */
  async send(batches: number): Promise<void> {
    if (this.#isIdempotent) await (this.#initialized ??= this.#initialize())
    for (let count = 0; count < batches; count++) this.#waiting.push(this.#newBatch())
    if (this.#isSending) return
    this.#isSending = true
    while (this.#waiting.length > 0) await this.#sendWaiting()
    this.#isSending = false
  }

  async #initialize(): Promise<void> {
    const version = this.#client.version(2, 5)
    const request = { transactionalId: null, transactionTimeoutMs: 60_000 }
    for (;;) {
      const { anyPort } = this.#client
      const { response } = await this.#client.ask(anyPort, InitProducerId, version, request)
      if (response.errorCode === ErrorCode.None) {
        this.#producerId = response.producerId
        return
      }
      if (!isPassing(response.errorCode)) {
        this.#client.world.disagree(`InitProducerId is answered with ${response.errorCode}`)
      }
      await this.#client.backOff()
    }
  }

  #newBatch(): Batch {
    const { dice, name, world } = this.#client
    const producer = `${name}.${this.#producerId}`
    const model = this.#topic.partitions[this.#partition]!
    const values = Array.from({ length: dice.between(1, 4) }, () => {
      const number = this.#number++
      const value = `${producer}:${number}`
      model.attempt({ value, producer, number, isIdempotent: this.#isIdempotent })
      return value
    })
    const timestamp = Math.floor(world.time.nowMs)
    const records = values.map((value) => ({
      key: Buffer.from(value),
      value: Buffer.alloc(this.#recordBytes, value),
      timestamp,
    }))
    const baseSequence = this.#isIdempotent ? this.#sequence : -1
    const identity = this.#isIdempotent
      ? { producerId: this.#producerId, producerEpoch: 0, baseSequence }
      : {}
    const bytes = encodeBatch(records, { ...identity, compression: this.#compression })
    this.#sequence += values.length
    return { values, baseSequence, bytes, firstStart: undefined, attempts: 0 }
  }

  /** Sends the first waiting batches once. Those that fail wait again. */
  async #sendWaiting(): Promise<void> {
    const port = await this.#client.leaderPort(this.#topic.id, this.#partition)
    if (port === undefined) return this.#onNoLeader()
    const sent = this.#waiting.slice(0, MAX_IN_FLIGHT)
    if (this.#acks === 0) return this.#sendWithoutAnswer(port, sent)
    const outcomes = await Promise.all(sent.map((batch) => this.#sendBatch(port, batch)))
    if (outcomes.includes('gone')) {
      this.#waiting = []
      return
    }
    const done = new Set(sent.filter((_, index) => isOver(outcomes, index)))
    this.#waiting = this.#waiting.filter((batch) => !done.has(batch))
    if (done.size === sent.length) return
    this.#client.forgetLeaders()
    await this.#client.backOff()
  }

  async #onNoLeader(): Promise<void> {
    if (this.#topic.hasPartition(this.#partition, this.#client.nowMs)) await this.#client.backOff()
    else this.#waiting = []
  }

  #sendWithoutAnswer(port: number, sent: readonly Batch[]): void {
    const connection = this.#client.connection(port)
    for (const batch of sent) connection.send(Produce, 13, this.#request(batch))
    this.#waiting = this.#waiting.slice(sent.length)
  }

  async #sendBatch(port: number, batch: Batch): Promise<Outcome> {
    const { starts } = this.#client.world.cluster
    batch.firstStart ??= starts
    if (++batch.attempts > MAX_ATTEMPTS) {
      this.#client.world.disagree(`${this.#model.name} never takes ${batch.values[0]}`)
    }
    const sentAtMs = this.#client.nowMs
    const response = await orLost(this.#client.call(port, Produce, 13, this.#request(batch)))
    if (response === undefined) return 'retry'
    const { errorCode, baseOffset } = response.responses[0]!.partitionResponses[0]!
    const { world, nowMs } = this.#client
    switch (errorCode) {
      case ErrorCode.None:
      case ErrorCode.DuplicateSequenceNumber:
        if (this.#isPromised) {
          this.#model.acknowledge(batch.values, { baseOffset, sentAtMs, nowMs })
        }
        return 'acknowledged'
      case ErrorCode.UnknownTopicId:
      case ErrorCode.UnknownTopicOrPartition:
        if (this.#topic.hasPartition(this.#partition, sentAtMs) && world.seesTopics(sentAtMs)) {
          world.disagree(`${this.#model.name} is answered as unknown, and was created before`)
        }
        return this.#topic.hasPartition(this.#partition, sentAtMs) ? 'retry' : 'gone'
      default:
        // For batches that were appended before a start, the broker may know only the last one, as
        // in Kafka.
        if (errorCode === ErrorCode.OutOfOrderSequenceNumber && batch.firstStart !== starts) {
          return 'unknown'
        }
        if (retriable.has(errorCode)) return 'retry'
        return world.disagree(`Produce to ${this.#model.name} is answered with error ${errorCode}`)
    }
  }

  /** Whether an acknowledgment means that the records stay. */
  get #isPromised(): boolean {
    return this.#acks === -1 || this.#client.world.settings.replicas === 1
  }

  get #model() {
    return this.#topic.partitions[this.#partition]!
  }

  #request({ bytes }: Batch) {
    const partitionData = [{ index: this.#partition, records: Buffer.from(bytes) }]
    const topicData = [{ name: this.#topic.name, topicId: this.#topic.id, partitionData }]
    return { acks: this.#acks, timeoutMs: 5000, topicData }
  }
}

function isPassing(errorCode: number): boolean {
  return (
    errorCode === ErrorCode.CoordinatorLoadInProgress ||
    errorCode === ErrorCode.CoordinatorNotAvailable
  )
}

/**
 * Whether a batch needs no retry. A batch with an unknown outcome was appended if the broker
 * acknowledged a later one.
 */
function isOver(outcomes: readonly Outcome[], index: number): boolean {
  if (outcomes[index] === 'acknowledged') return true
  return outcomes[index] === 'unknown' && outcomes.includes('acknowledged', index + 1)
}
