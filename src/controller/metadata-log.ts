import { decodeMetadataRecord } from '../protocol/internal/cluster-metadata.ts'
import type { MetadataRecord } from '../protocol/internal/cluster-metadata.ts'
import { encodeBatch } from '../record/batch-encoder.ts'
import { batchesOf } from '../record/batch-view.ts'
import { recordsOf } from '../record/records.ts'
import type { NewRecord } from './records.ts'

/** Records that take effect together. */
export interface MetadataBatch {
  readonly records: readonly MetadataRecord[]
  readonly lastOffset: number
}

/** A readable copy of the metadata log (`__cluster_metadata-0`). */
export interface MetadataLogReader {
  /** The broker that keeps the copy. */
  readonly nodeId: number
  /** The offset of the next record. */
  readonly endOffset: number
  /** The epoch of the leader that wrote the last batch; 0 if there is none. */
  readonly lastEpoch: number
  /**
   * Returns the largest epoch that is not above `epoch`, and its end offset (Kafka's
   * `endOffsetForEpoch`).
   */
  endOffsetForEpoch(epoch: number): { readonly epoch: number; readonly endOffset: number }
  /** Returns the batches from an offset on; each item is one or more whole batches. */
  read(fromOffset: number): Iterable<Uint8Array>
}

/** A broker's own copy of the metadata log. */
export interface MetadataReplica extends MetadataLogReader {
  /** Whether its disk has failed. */
  readonly isOffline: boolean
  /** Everything below this offset has the required durability. */
  readonly durableEndOffset: number
  /**
   * Appends one batch with assigned offsets and epoch. Returns false if the disk has failed, now or
   * before.
   */
  append(batch: Uint8Array): boolean
  /**
   * Makes everything that was appended durable. Resolves when that is done or the disk has failed;
   * `undefined` if there is nothing to wait for. Callers that wait for the same sync get the same
   * promise.
   */
  sync(): Promise<void> | undefined
  /** Marks everything below the offset as committed. */
  advanceHighWatermark(offset: number): void
  /** Removes everything from the offset on. */
  truncateTo(offset: number): void
}

/** Encodes the records as one batch of `__cluster_metadata`. */
export function encodeMetadataBatch(
  values: readonly NewRecord[],
  options: { baseOffset: number; epoch: number; timestamp: number },
): Uint8Array {
  const { baseOffset, epoch, timestamp } = options
  const records = values.map((value) => ({ value, timestamp }))
  return encodeBatch(records, { baseOffset, partitionLeaderEpoch: epoch })
}

/**
 * Decodes a metadata log. The records of a transaction take effect together when it ends, and are
 * dropped when it is aborted (KIP-868): logs of Kafka contain such. Control batches have no records
 * here.
 *
 * @throws DecodeError if a record is of an unknown kind
 */
export function* decodeMetadataLog(
  log: Iterable<Uint8Array>,
): Generator<MetadataBatch, void, undefined> {
  let transaction: MetadataRecord[] | undefined
  for (const bytes of log) {
    for (const batch of batchesOf(bytes)) {
      const records: MetadataRecord[] = []
      if (!batch.isControl) {
        for (const { value } of recordsOf(batch)) {
          const record = decodeMetadataRecord(value!)
          if (record.name === 'BeginTransactionRecord') transaction = []
          else if (record.name === 'AbortTransactionRecord') transaction = undefined
          else if (record.name === 'EndTransactionRecord') {
            records.push(...(transaction ?? []))
            transaction = undefined
          } else (transaction ?? records).push(record)
        }
      }
      yield { records, lastOffset: batch.lastOffset }
    }
  }
}

/** Whether the first copy is at least as recent as the other. */
export function isAtLeastAsRecent(
  one: Pick<MetadataLogReader, 'lastEpoch' | 'endOffset'>,
  other: Pick<MetadataLogReader, 'lastEpoch' | 'endOffset'>,
): boolean {
  if (one.lastEpoch !== other.lastEpoch) return one.lastEpoch > other.lastEpoch
  return one.endOffset >= other.endOffset
}
