import { ApiError } from '../../../src/protocol/api-error.ts'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compress } from '../../../src/record/compression.ts'
import type { Log } from '../../../src/log/log.ts'
import type { CompressionType } from '../../../src/record/compression-type.ts'
import {
  encodeBatch,
  type EncodeOptions,
  type RecordInput,
} from '../../../src/record/batch-encoder.ts'
import {
  ControlRecordType,
  encodeEndTransactionMarker,
} from '../../../src/record/control-record.ts'
import { encodeLegacyMessage } from '../../log/cleaner/legacy-messages.ts'
import { SeededRandom } from '../../../src/platform/random.ts'

/** Appends to a log before it is compacted, in two rounds. */
export interface CompactionScenario {
  readonly name: string
  /** Topic configs in addition to the common ones. */
  readonly config?: Readonly<Record<string, string>>
  /** Writes files before the log is opened for the first time. */
  prepare?(directory: string, nowMs: number): void
  fill(writer: CompactionWriter, round: 1 | 2): void
}

/** Appends to one log as the leader of its partition, at one time of the clock. */
export class CompactionWriter {
  readonly log: Log
  readonly random: SeededRandom
  readonly #nowMs: number
  readonly #sequences = new Map<number, number>()
  #appended = 0

  constructor(log: Log, nowMs: number, seed: number) {
    this.log = log
    this.random = new SeededRandom(seed)
    this.#nowMs = nowMs
  }

  /**
   * Returns records of a number of keys with values of this size, and occasional tombstones and
   * headers.
   */
  records(keys: number, count: number, valueBytes = 300): RecordInput[] {
    const { random } = this
    return Array.from({ length: count }, () => {
      const value = `${this.#appended++} `.padEnd(1 + random.int(valueBytes), 'value ')
      return {
        key: Buffer.from(`key-${random.int(keys)}`),
        value: random.int(12) === 0 ? null : Buffer.from(value),
        timestamp: this.#nowMs - random.int(100_000),
        ...(random.int(9) === 0 ? { headers: [{ key: 'h', value: Buffer.from(value) }] } : {}),
      }
    })
  }

  put(records: readonly RecordInput[], options: EncodeOptions = {}): void {
    this.#append(encodeBatch(records, options), 'client')
  }

  /** Before the topic was compacted, it accepted records without keys. */
  putBeforeCompaction(records: readonly RecordInput[]): void {
    const { config } = this.log
    this.log.updateConfig({ ...config, cleanupPolicy: { delete: true, compact: false } })
    this.put(records)
    this.log.updateConfig(config)
  }

  /** Appends with the producer's next sequence. */
  produce(producerId: number, records: readonly RecordInput[], options: EncodeOptions = {}): void {
    const baseSequence = this.#sequences.get(producerId) ?? this.#lastSequenceOf(producerId) + 1
    this.#sequences.set(producerId, baseSequence + records.length)
    this.put(records, { ...options, producerId, producerEpoch: 0, baseSequence })
  }

  produceInTransaction(
    producerId: number,
    records: readonly RecordInput[],
    options: EncodeOptions = {},
  ): void {
    this.produce(producerId, records, { ...options, isTransactional: true })
  }

  end(producerId: number, type: 'Commit' | 'Abort'): void {
    const marker = { type: ControlRecordType[type], coordinatorEpoch: 0 }
    const options = { producerId, producerEpoch: 0, timestamp: this.#nowMs }
    this.#append(encodeEndTransactionMarker(marker, options), 'coordinator')
  }

  roll(): void {
    this.log.files.roll()
  }

  #lastSequenceOf(producerId: number): number {
    const known = this.log.producers
      .activeProducers()
      .find((producer) => producer.producerId === producerId)
    return known?.lastSequence ?? -1
  }

  #append(batch: Uint8Array, origin: 'client' | 'coordinator'): void {
    const result = this.log.appendAsLeader(batch, 0, { origin })
    if (result instanceof ApiError) throw new Error(`cannot append: ${JSON.stringify(result)}`)
    this.log.updateHighWatermark(this.log.logEndOffset)
  }
}

/** Writes segments of batches of one to twenty records, and a last one that is not cleaned. */
function plainly(writer: CompactionWriter, options: EncodeOptions = {}): void {
  for (let segment = 0; segment < 6; segment++) {
    for (let batch = 0; batch < 40; batch++) {
      writer.put(writer.records(200, 1 + writer.random.int(20)), options)
    }
    writer.roll()
  }
  writer.put(writer.records(200, 3), options)
}

const codecs: readonly CompressionType[] = ['gzip', 'snappy', 'lz4', 'zstd']

export const compactionScenarios: readonly CompactionScenario[] = [
  { name: 'plain', fill: (writer) => plainly(writer) },
  ...codecs.map((compression) => ({
    name: compression,
    fill: (writer: CompactionWriter) => plainly(writer, { compression }),
  })),
  {
    name: 'log-append-time',
    config: { 'message.timestamp.type': 'LogAppendTime' },
    fill: (writer) => plainly(writer),
  },
  {
    name: 'legacy',
    prepare: (directory, nowMs) => {
      writeLegacySegment(directory, 0, 0, nowMs)
      writeLegacySegment(directory, 300, 1, nowMs)
    },
    fill: (writer) => plainly(writer),
  },
  { name: 'idempotent', fill: fillIdempotently },
  { name: 'transactions', fill: fillInTransactions },
  {
    name: 'open-transaction',
    fill: (writer, round) => {
      plainly(writer)
      writer.roll()
      if (round === 2) writer.end(7, 'Abort')
      writer.produceInTransaction(7, writer.records(50, 5))
      plainly(writer)
    },
  },
  {
    name: 'without-keys',
    fill: (writer) => {
      plainly(writer)
      const keyless = writer.records(1, 1).map(({ key: _key, ...rest }) => rest)
      writer.putBeforeCompaction([...keyless, ...writer.records(5, 3), ...keyless])
      writer.putBeforeCompaction(keyless)
      // The high watermark is after a batch that becomes empty.
      writer.roll()
    },
  },
  {
    name: 'more-keys-than-fit',
    fill: (writer) => {
      for (let segment = 0; segment < 4; segment++) {
        for (let batch = 0; batch < 40; batch++) {
          const records = writer.records(1_000_000, 400, 20)
          writer.put(records.map((record) => ({ ...record, value: record.value ?? record.key! })))
        }
        writer.roll()
      }
      writer.put(writer.records(1_000_000, 1))
    },
  },
]

/**
 * Appends with producers that continue in the second round and producers that do not. The last
 * batch of each is superseded.
 */
function fillIdempotently(writer: CompactionWriter, round: 1 | 2): void {
  for (let segment = 0; segment < 4; segment++) {
    for (let batch = 0; batch < 30; batch++) {
      const producerId = (round - 1) * 3 + writer.random.int(5)
      writer.produce(producerId, writer.records(20, 1 + writer.random.int(4)))
    }
    writer.roll()
  }
  for (let batch = 0; batch < 30; batch++) writer.put(writer.records(20, 4))
  writer.roll()
  writer.put(writer.records(20, 3))
}

/**
 * Appends transactions that overlap each other and segments, empty ones, and batches without a
 * transaction.
 */
function fillInTransactions(writer: CompactionWriter, round: 1 | 2): void {
  const open = new Set<number>()
  const endOne = (producerId: number) => {
    writer.end(producerId, writer.random.int(3) === 0 ? 'Abort' : 'Commit')
    open.delete(producerId)
  }
  for (let segment = 0; segment < 8; segment++) {
    for (let step = 0; step < 40; step++) {
      const producerId = (round - 1) * 4 + writer.random.int(8)
      const compression = step % 5 === 0 ? 'gzip' : 'none'
      const choice = writer.random.int(16)
      if (choice < 4) writer.put(writer.records(40, 2))
      else if (choice < 7) endOne(producerId)
      else {
        writer.produceInTransaction(producerId, writer.records(40, 1 + (step % 3)), { compression })
        open.add(producerId)
      }
    }
    writer.roll()
  }
  for (const producerId of open) endOne(producerId)
  writer.roll()
  writer.put(writer.records(40, 3))
}

/**
 * Writes three hundred messages in the format of brokers before Kafka 0.11, some of them wrapped in
 * compressed ones.
 */
function writeLegacySegment(
  directory: string,
  baseOffset: number,
  magic: 0 | 1,
  nowMs: number,
): void {
  const message = (index: number, offset: number) =>
    encodeLegacyMessage(magic, offset, nowMs - 1000 + index, {
      key: index % 50 === 49 ? null : Buffer.from(`key-${(index * 7) % 230}`),
      value: index % 11 === 10 ? null : Buffer.from(`${magic}: ${index}`),
    })
  const parts: Uint8Array[] = []
  for (let index = 0; index < 300; index += 10) {
    const isWrapped = index % 20 === 0
    const inner = Array.from({ length: 10 }, (_, at) =>
      message(index + at, isWrapped && magic === 1 ? at : baseOffset + index + at),
    )
    if (!isWrapped) {
      parts.push(...inner)
      continue
    }
    const value = compress('gzip', Buffer.concat(inner))
    const wrapper = { key: null, value, attributes: 1 }
    parts.push(encodeLegacyMessage(magic, baseOffset + index + 9, nowMs - 990 + index, wrapper))
  }
  mkdirSync(directory, { recursive: true })
  const name = `${String(baseOffset).padStart(20, '0')}.log`
  writeFileSync(join(directory, name), Buffer.concat(parts))
}
