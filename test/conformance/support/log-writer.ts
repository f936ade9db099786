import { ApiError } from '../../../src/protocol/api-error.ts'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LogConfig } from '../../../src/log/log-config.ts'
import type { Log } from '../../../src/log/log.ts'
import { DiskFileSystem } from '../../../src/platform/disk-file-system.ts'
import type { Clock, Timer } from '../../../src/platform/clock.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import type { EncodeOptions, RecordInput } from '../../../src/record/batch-encoder.ts'
import { BatchView } from '../../../src/record/batch-view.ts'
import {
  ControlRecordType,
  encodeEndTransactionMarker,
} from '../../../src/record/control-record.ts'
import { LogKit } from '../../log/log-kit.ts'
import { allCodecs } from './client.ts'

/** A producer of the log tests. It counts its sequence as clients do. */
export interface WritingProducer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly isTransactional: boolean
  sequence: number
}

/** Has a time, but never fires a timer. */
class TimelessClock implements Clock {
  nowMs: number

  constructor(nowMs: number) {
    this.nowMs = nowMs
  }

  now(): number {
    return this.nowMs
  }

  schedule(): Timer {
    return { cancel: () => {} }
  }
}

/** Writes one partition as its leader does, with everything that can happen to a log. */
export class LogWriter {
  readonly random: SeededRandom
  /**
   * Moved by every append. It starts near the current time, so that a real broker treats nothing as
   * expired.
   */
  readonly clock = new TimelessClock(Date.now() - 3_600_000)
  readonly #kit: LogKit
  readonly #config: Partial<LogConfig>
  readonly #topic: string
  readonly #partition: number
  #count = 0
  epoch = 0

  constructor(root: string, topic: string, partition: number, config: Partial<LogConfig>) {
    this.#kit = new LogKit({ fileSystem: new DiskFileSystem(), logDirs: [root], clock: this.clock })
    this.#config = { segmentBytes: 16_000, indexIntervalBytes: 1000, ...config }
    this.#topic = topic
    this.#partition = partition
    this.random = new SeededRandom(partition + 1)
  }

  get log(): Log {
    return this.#kit.log(this.#config, this.#topic, this.#partition)
  }

  /**
   * Returns records with and without keys (in a compacted log all have one), values and headers.
   * Their timestamps mostly ascend.
   */
  records(count: number): RecordInput[] {
    const isKeyed = this.#config.cleanupPolicy?.compact === true
    return Array.from({ length: count }, () => {
      const number = this.#count++
      const size = this.random.int(200)
      return {
        key: number % 4 === 0 && !isKeyed ? null : Buffer.from(`key-${number % 37}`),
        value: number % 11 === 0 ? null : Buffer.from(`${number}`.repeat(1 + (size >> 2))),
        timestamp: this.clock.now() - (number % 7 === 0 ? 5000 : 0),
        headers: number % 3 === 0 ? headersOf(number) : [],
      }
    })
  }

  /** Appends these records, or a few others, and commits. The codec changes with every batch. */
  append(
    options: EncodeOptions & { records?: RecordInput[] } = {},
    producer?: WritingProducer,
  ): void {
    const { records = this.records(1 + this.random.int(4)), ...given } = options
    const compression = allCodecs[this.#count % allCodecs.length]!
    const asProducer = producer && { ...producer, baseSequence: producer.sequence }
    const batch = encodeBatch(records, { compression, ...given, ...asProducer })
    this.#check(this.log.appendAsLeader(batch, this.epoch))
    if (producer !== undefined) producer.sequence += records.length
    this.clock.nowMs += 100 + this.random.int(2000)
  }

  /** Commits or aborts as the transaction coordinator does. */
  endTransaction({ producerId, producerEpoch }: WritingProducer, isCommitted: boolean): void {
    const type = isCommitted ? ControlRecordType.Commit : ControlRecordType.Abort
    const marker = { type, coordinatorEpoch: this.epoch }
    const batch = { producerId, producerEpoch, timestamp: this.clock.now() }
    const bytes = encodeEndTransactionMarker(marker, batch)
    this.#check(this.log.appendAsLeader(bytes, this.epoch, { origin: 'coordinator' }))
  }

  /** Appends batches with assigned offsets, as a follower does. */
  replicate(baseOffset: number): void {
    const options = { baseOffset, partitionLeaderEpoch: this.epoch }
    this.#check(this.log.appendAsFollower(encodeBatch(this.records(2), options)))
  }

  /** Compacts all segments but the active one. */
  async compact(): Promise<void> {
    await this.#kit.manager.cleaner.cleanNow(this.log)
  }

  restart(): void {
    this.#kit.restart()
  }

  /** Ends like `kill -9`, with an incomplete batch at the end of the log. */
  crash(): void {
    const { directory, files } = this.log
    const { path } = files.segments.at(-1)!
    this.#kit.manager.discard()
    const batch = encodeBatch(this.records(3))
    appendFileSync(join(directory, path.slice(directory.length)), batch.subarray(0, -7))
    this.#kit.restart()
  }

  close(): void {
    this.#kit.manager.close()
  }

  #check(result: object): void {
    if (result instanceof ApiError) throw new Error(`append failed: ${JSON.stringify(result)}`)
    this.log.updateHighWatermark(this.log.logEndOffset)
  }
}

/** Returns a batch from the middle of a log, with an offset within it. */
export function middleOf(log: Log): { baseOffset: number; within: number } {
  const read = log.read((log.logStartOffset + log.logEndOffset) >> 1, 1, 'logEnd', true)
  if (read instanceof ApiError) throw new Error(`cannot read: ${read.errorCode}`)
  const { baseOffset, lastOffset } = new BatchView(read.slices[0]!)
  return { baseOffset, within: lastOffset }
}

function headersOf(number: number): RecordInput['headers'] & object {
  return [
    { key: 'trace', value: Buffer.from(`t${number}`) },
    { key: 'trace', value: Buffer.from('a second one of this name') },
    { key: 'größe', value: number % 2 === 0 ? null : Buffer.alloc(0) },
  ]
}
