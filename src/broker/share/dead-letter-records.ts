import type { Log } from '../../log/log.ts'
import { allocateFresh } from '../../log/segment/read-batches.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { encodeBatch, type RecordInput } from '../../record/batch-encoder.ts'
import { batchesOf } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import type { KafkaRecord } from '../../record/kafka-record.ts'
import { recordsOf } from '../../record/records.ts'
import type { UndeliveredRecords } from './dead-letters.ts'

/** The bytes that are read at once to copy records. */
const READ_BYTES = 1024 * 1024

/** The size of a batch without records. */
const BATCH_OVERHEAD = 61

/** The most bytes that the fixed fields of a record and of a header take. */
const RECORD_OVERHEAD = 30
const HEADER_OVERHEAD = 10

/** A batch for the dead-letter topic. */
export interface DeadLetterBatch {
  readonly records: Uint8Array
  /** The first offset that is not in the batch. */
  readonly nextOffset: number
}

/**
 * Returns a batch with one record for each undelivered offset from `firstOffset` on, as far as they
 * fit (Kafka's `ShareGroupDLQStateManager`). The headers tell where the record came from, and why.
 *
 * @param log the log to copy keys and values from; undefined if the group does not copy them
 */
export function deadLetterBatch(
  undelivered: UndeliveredRecords,
  firstOffset: number,
  { log, maxBytes, nowMs }: { log: Log | undefined; maxBytes: number; nowMs: number },
): DeadLetterBatch {
  const { lastOffset } = undelivered
  const originals = log === undefined ? new Map() : copy(log, firstOffset, lastOffset, maxBytes)
  const records: RecordInput[] = []
  let sizeInBytes = BATCH_OVERHEAD
  let offset = firstOffset
  for (; offset <= lastOffset; offset++) {
    const original = originals.get(offset)
    const record: RecordInput = {
      timestamp: nowMs,
      key: original?.key ?? null,
      value: original?.value ?? null,
      headers: headersOf(undelivered, offset),
    }
    sizeInBytes += sizeOf(record)
    if (sizeInBytes > maxBytes && records.length > 0) break
    records.push(record)
  }
  return { records: encodeBatch(records), nextOffset: offset }
}

function headersOf(
  undelivered: UndeliveredRecords,
  offset: number,
): { key: string; value: Uint8Array }[] {
  const { topic, partition, groupId, deliveryCount, cause } = undelivered
  const texts = {
    topic,
    partition: String(partition),
    offset: String(offset),
    group: groupId,
    'delivery.count': String(deliveryCount),
    message: cause,
  }
  return Object.entries(texts).map(([name, text]) => ({
    key: `__dlq.errors.${name}`,
    value: Buffer.from(text),
  }))
}

/** Returns the records of a log by offset. Those that cannot be read are left out. */
function copy(
  log: Log,
  firstOffset: number,
  lastOffset: number,
  maxBytes: number,
): Map<number, KafkaRecord> {
  const found = new Map<number, KafkaRecord>()
  let next = firstOffset
  let copiedBytes = 0
  try {
    while (next <= lastOffset && copiedBytes < maxBytes) {
      const read = log.read(next, READ_BYTES, 'highWatermark', true, allocateFresh)
      if (read instanceof ApiError || read.sizeInBytes === 0) break
      for (const slice of read.slices) {
        for (const batch of batchesOf(slice)) {
          for (const record of recordsOf(batch, maxBytes)) {
            if (record.offset < firstOffset || record.offset > lastOffset) continue
            found.set(record.offset, record)
            copiedBytes += sizeOf(record)
          }
          next = batch.nextOffset
        }
      }
    }
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error
  }
  return found
}

function sizeOf({ key, value, headers = [] }: RecordInput): number {
  const headerBytes = headers.reduce(
    (sum, header) => sum + HEADER_OVERHEAD + header.key.length + (header.value?.length ?? 0),
    0,
  )
  return RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0) + headerBytes
}
