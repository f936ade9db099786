import { ErrorCode } from '../../protocol/error-code.ts'
import { batchesOf, type BatchView } from '../../record/batch-view.ts'
import { ControlRecordType, endTransactionMarkerOf } from '../../record/control-record.ts'
import { recordsOf } from '../../record/records.ts'
import { BrokerError } from '../client-error.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import type { ConsumerRecord } from './consumer-record.ts'

interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** The data of one partition in a Fetch response. */
export interface FetchedData {
  readonly records: Uint8Array | null
  /** `null` unless the isolation level is `read_committed`. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null
}

const EMPTY = new Uint8Array(0)

/**
 * The records of one partition in a Fetch response, from an offset on. Skips control records and,
 * with `read_committed`, the records of aborted transactions (Kafka's `CompletedFetch`).
 */
export class FetchedRecords {
  readonly #partition: TopicPartition
  readonly #isCheckingCrcs: boolean
  /** In the order of their first offsets. Those that have started are removed. */
  readonly #aborted: AbortedTransaction[]
  /** The producers whose current transaction was aborted. */
  readonly #abortedProducers = new Set<number>()
  readonly #records: Generator<ConsumerRecord, void, undefined>
  #nextOffset: number
  #leaderEpoch = -1

  constructor(
    partition: TopicPartition,
    fromOffset: number,
    { records, abortedTransactions }: FetchedData,
    isCheckingCrcs: boolean,
  ) {
    this.#partition = partition
    this.#isCheckingCrcs = isCheckingCrcs
    this.#nextOffset = fromOffset
    this.#aborted = [...(abortedTransactions ?? [])].sort((a, b) => a.firstOffset - b.firstOffset)
    this.#records = this.#read(records ?? EMPTY)
  }

  /** The offset after the last record that was returned or skipped. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** The leader epoch of the last batch that was read; -1 before. */
  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  /**
   * Returns the next record; `undefined` at the end.
   *
   * @throws BrokerError `CORRUPT_MESSAGE` if a checksum is wrong, and the errors of `recordsOf`
   */
  next(): ConsumerRecord | undefined {
    return this.#records.next().value ?? undefined
  }

  *#read(bytes: Uint8Array): Generator<ConsumerRecord, void, undefined> {
    const { topic, partition } = this.#partition
    for (const batch of batchesOf(bytes)) {
      if (batch.nextOffset <= this.#nextOffset) continue
      this.#check(batch)
      this.#leaderEpoch = batch.partitionLeaderEpoch
      const { timestampType, partitionLeaderEpoch: leaderEpoch } = batch
      for (const record of this.#isVisible(batch) ? recordsOf(batch) : []) {
        if (record.offset < this.#nextOffset) continue
        this.#nextOffset = record.offset + 1
        yield { ...record, topic, partition, timestampType, leaderEpoch }
      }
      this.#nextOffset = batch.nextOffset
    }
  }

  #check(batch: BatchView): void {
    if (!this.#isCheckingCrcs || batch.isChecksumValid) return
    const place = `${nameOf(this.#partition)} at offset ${batch.baseOffset}`
    throw new BrokerError(ErrorCode.CorruptMessage, `reading ${place}`)
  }

  #isVisible(batch: BatchView): boolean {
    while (this.#aborted.length > 0 && this.#aborted[0]!.firstOffset <= batch.lastOffset)
      this.#abortedProducers.add(this.#aborted.shift()!.producerId)
    if (!batch.isControl)
      return !(batch.isTransactional && this.#abortedProducers.has(batch.producerId))
    if (this.#abortedProducers.has(batch.producerId)) {
      const marker = endTransactionMarkerOf(batch)
      if (marker?.type === ControlRecordType.Abort) this.#abortedProducers.delete(batch.producerId)
    }
    return false
  }
}
