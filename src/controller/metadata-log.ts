import type { Clock } from '../platform/clock.ts'
import { decodeMetadataRecord } from '../protocol/internal/cluster-metadata.ts'
import type { MetadataRecord } from '../protocol/internal/cluster-metadata.ts'
import { encodeBatch } from '../record/batch-encoder.ts'
import { batchesOf } from '../record/batch-view.ts'
import { recordsOf } from '../record/records.ts'
import type { NewRecord } from './records.ts'

/** Where the metadata log's batches are kept, in order. */
export interface MetadataStorage {
  /** Adds one batch whose offsets are already assigned; false when its disk has failed, now or before. */
  append(batch: Uint8Array): boolean
  /** As `ControllerOperations.commit`; default: what is appended is durable. */
  commit?(): Promise<boolean> | undefined
  /** Everything there is, from the first batch on: each item is one or more whole batches. */
  replay(): Iterable<Uint8Array>
}

/** Records that take effect together. */
export interface MetadataBatch {
  readonly records: readonly MetadataRecord[]
  readonly lastOffset: number
}

/** The epoch of a quorum of one that never loses its leader. */
const QUORUM_EPOCH = 1

/** `__cluster_metadata-0`: Kafka's metadata records in Kafka's framing, one batch per decision. */
export class MetadataLog {
  readonly #storage: MetadataStorage
  readonly #clock: Clock
  #nextOffset = 0

  constructor(storage: MetadataStorage, clock: Clock) {
    this.#storage = storage
    this.#clock = clock
  }

  /** The offset that the next record gets. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /**
   * Reads what is stored. Records within a transaction come together when it ends, and not at all when it was
   * aborted (KIP-868): logs that Kafka wrote have such.
   *
   * @throws DecodeError when a record is of no kind that Kafka has
   */
  *replay(): Generator<MetadataBatch, void, undefined> {
    let transaction: MetadataRecord[] | undefined
    for (const bytes of this.#storage.replay()) {
      for (const batch of batchesOf(bytes)) {
        this.#nextOffset = batch.nextOffset
        if (batch.isControl) continue
        const records: MetadataRecord[] = []
        for (const { value } of recordsOf(batch)) {
          const record = decodeMetadataRecord(value!)
          if (record.name === 'BeginTransactionRecord') transaction = []
          else if (record.name === 'AbortTransactionRecord') transaction = undefined
          else if (record.name === 'EndTransactionRecord') {
            records.push(...(transaction ?? []))
            transaction = undefined
          } else (transaction ?? records).push(record)
        }
        yield { records, lastOffset: batch.lastOffset }
      }
    }
  }

  /** See {@link MetadataStorage.commit}. */
  commit(): Promise<boolean> | undefined {
    return this.#storage.commit?.()
  }

  /**
   * Stores the records as one batch and hands them back decoded, as a replay will see them; `undefined` when the storage
   * has failed, and nothing has changed.
   */
  append(values: readonly NewRecord[]): MetadataBatch | undefined {
    const timestamp = this.#clock.now()
    const batch = encodeBatch(
      values.map((value) => ({ value, timestamp })),
      { baseOffset: this.#nextOffset, partitionLeaderEpoch: QUORUM_EPOCH },
    )
    if (!this.#storage.append(batch)) return undefined
    this.#nextOffset += values.length
    return { records: values.map(decodeMetadataRecord), lastOffset: this.#nextOffset - 1 }
  }
}
