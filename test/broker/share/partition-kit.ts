import { ManualClock } from '../../../src/platform/manual-clock.ts'
import type { ApiError } from '../../../src/protocol/api-error.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { encodeBatch, type EncodeOptions } from '../../../src/record/batch-encoder.ts'
import type { AcquireRequest } from '../../../src/broker/share/acquire-request.ts'
import type { UndeliveredRecords } from '../../../src/broker/share/dead-letters.ts'
import { FetchedBatches } from '../../../src/broker/share/fetched-batches.ts'
import { SharePartition } from '../../../src/broker/share/share-partition.ts'
import type { StateBatch } from '../../../src/broker/share/transition.ts'
import { settle } from '../support.ts'

const DEFAULTS = {
  lockDurationMs: 30_000,
  maxDeliveryCount: 5,
  maxInFlightRecords: 2000,
  canRenewLocks: true,
  hasDeadLetterTopic: false,
}

/** A share partition without a broker, over a log of batches with equal records. */
export class PartitionKit {
  readonly clock = new ManualClock()
  readonly config = { ...DEFAULTS }
  /** The state batches of each write, with the start offset that came with them. */
  readonly writes: { startOffset: number; stateBatches: readonly StateBatch[] }[] = []
  readonly deadLetters: UndeliveredRecords[] = []
  readonly partition: SharePartition
  /** The error of all writes from now on. */
  writeError: ErrorCode = ErrorCode.None
  readonly #log: { baseOffset: number; bytes: Uint8Array }[] = []
  #nextOffset = 0

  private constructor(startOffset: number, stateBatches: readonly StateBatch[]) {
    const result = { partition: 0, errorCode: ErrorCode.None, stateEpoch: 1, startOffset }
    const stored = { ...result, stateBatches: [...stateBatches] }
    this.partition = new SharePartition({
      id: { groupId: 'group', topic: 'topic', topicId: 'topic-id', partition: 0 },
      leaderEpoch: 0,
      clock: this.clock,
      config: () => {
        const { maxDeliveryCount, hasDeadLetterTopic, ...rest } = this.config
        return { ...rest, rules: { maxDeliveryCount, hasDeadLetterTopic } }
      },
      initialOffset: () => 0,
      deadLetters: {
        write: (records) => {
          this.deadLetters.push(records)
          return Promise.resolve()
        },
      },
      persister: {
        readState: () => ({ results: [{ topicId: 'topic-id', partitions: [stored] }] }),
        writeState: ({ topics }) => {
          const { startOffset: start, stateBatches: batches } = topics[0]!.partitions[0]!
          this.writes.push({ startOffset: start, stateBatches: batches as StateBatch[] })
          const partitions = [{ partition: 0, errorCode: this.writeError, errorMessage: 'refused' }]
          return { results: [{ topicId: 'topic-id', partitions }] }
        },
      },
    })
  }

  static async begin(
    startOffset = 0,
    stateBatches: readonly StateBatch[] = [],
  ): Promise<PartitionKit> {
    const kit = new PartitionKit(startOffset, stateBatches)
    await kit.partition.initialize()
    return kit
  }

  get nextOffset(): number {
    return this.#nextOffset
  }

  /** Appends a batch with this number of records. */
  append(count: number, options: EncodeOptions = {}): void {
    const record = { timestamp: 0, key: null, value: Buffer.from('v') }
    const records = Array.from({ length: count }, () => record)
    this.appendBytes(count, (baseOffset) => encodeBatch(records, { ...options, baseOffset }))
  }

  appendBytes(count: number, encode: (baseOffset: number) => Uint8Array): void {
    this.#log.push({ baseOffset: this.#nextOffset, bytes: encode(this.#nextOffset) })
    this.#nextOffset += count
  }

  /** Acquires what the log has. Returns `[first, last, deliveryCount]` of each range. */
  acquire(
    memberId: string,
    options: Partial<AcquireRequest> = {},
    aborted: readonly { producerId: number; firstOffset: number }[] | null = null,
  ): number[][] {
    const fetchOffset = this.partition.nextFetchOffset()
    if (fetchOffset === undefined) return []
    const next = this.#log.findIndex(({ baseOffset }) => baseOffset > fetchOffset)
    const from = next === -1 ? this.#log.length - 1 : Math.max(0, next - 1)
    const fetched = new FetchedBatches()
    if (fetchOffset < this.#nextOffset) fetched.add(this.#log.slice(from).map(({ bytes }) => bytes))
    const request = { memberId, mode: 0, batchSize: 500, maxRecords: 500, fetchOffset, ...options }
    const { records } = this.partition.acquire(request as AcquireRequest, fetched, aborted)
    return records.map(({ firstOffset, lastOffset, deliveryCount }) => [
      firstOffset,
      lastOffset,
      deliveryCount,
    ])
  }

  async acknowledge(
    memberId: string,
    firstOffset: number,
    lastOffset: number,
    ...types: number[]
  ): Promise<ApiError | undefined> {
    const batch = { firstOffset, lastOffset, acknowledgeTypes: types }
    return this.partition.acknowledge(memberId, [batch as never])
  }

  async release(memberId: string): Promise<void> {
    await this.partition.releaseMember(memberId)
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms)
    await settle()
  }
}
