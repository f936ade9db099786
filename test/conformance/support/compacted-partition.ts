import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BATCH_OVERHEAD } from '../../../src/record/batch-layout.ts'
import { batchesOf, type BatchView } from '../../../src/record/batch-view.ts'
import { recordsOf, uncompressedRecords } from '../../../src/record/records.ts'

const PARTITION_FILE = /^(\d{20}\.(log|index|timeindex|txnindex|snapshot)|leader-epoch-checkpoint)$/

/**
 * Replaces the log files of a partition by those of another one. The identity of the partition does
 * not change.
 */
export function replacePartitionFiles(from: string, to: string): void {
  for (const name of readdirSync(to)) {
    if (name !== 'partition.metadata') rmSync(join(to, name))
  }
  copyPartitionFiles(from, to)
}

/** Copies the log files of a partition, without those that are about to be deleted. */
export function copyPartitionFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) {
    if (PARTITION_FILE.test(name)) copyFileSync(join(from, name), join(to, name))
  }
}

/** A batch in a form that is comparable between different compressors. */
export interface StoredBatch {
  /** The header fields that do not depend on compression. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Offset, timestamp, key, value and headers. */
  readonly records: readonly string[]
  /** In hex; for a compressed batch only the records, decompressed. */
  readonly bytes: string
}

/** Returns the batches of each segment by name, and the transaction indexes in hex. */
export function readPartition(directory: string): Record<string, StoredBatch[] | string> {
  const found: Record<string, StoredBatch[] | string> = {}
  for (const name of readdirSync(directory).sort()) {
    if (name.endsWith('.log')) {
      found[name] = [...batchesOf(readFileSync(join(directory, name)))].map(storedBatch)
    }
    if (name.endsWith('.txnindex')) {
      const entries = readFileSync(join(directory, name)).toString('hex')
      if (entries !== '') found[name] = entries
    }
  }
  return found
}

function storedBatch(batch: BatchView): StoredBatch {
  if (!batch.isChecksumValid) throw new Error(`the batch at ${batch.baseOffset} is corrupt`)
  const { baseOffset, lastOffset, partitionLeaderEpoch, attributes, baseTimestamp } = batch
  const { maxTimestamp, producerId, producerEpoch, baseSequence, recordCount, magic } = batch
  const content = batch.magic < 2 ? batch.bytes : uncompressedRecords(batch)
  const isWhole = !batch.isCompressed || batch.bytes.length === BATCH_OVERHEAD
  return {
    fields: {
      magic,
      baseOffset,
      lastOffset,
      partitionLeaderEpoch,
      attributes,
      baseTimestamp,
      maxTimestamp,
      producerId,
      producerEpoch,
      baseSequence,
      recordCount,
    },
    records: [...recordsOf(batch)].map(({ offset, timestamp, key, value, headers }) =>
      [offset, timestamp, textOf(key), textOf(value), JSON.stringify(headers)].join(' '),
    ),
    bytes: Buffer.from(isWhole ? batch.bytes : content).toString('hex'),
  }
}

function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : Buffer.from(bytes).toString()
}
