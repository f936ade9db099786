import { BATCH_OVERHEAD } from '../../record/batch-layout.ts'
import { encodeBatch, type RecordInput } from '../../record/batch-encoder.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import { decompress } from '../../record/compression.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { recordsOf } from '../../record/records.ts'
import { TimestampType } from '../../record/timestamp-type.ts'
import {
  type BatchDecision,
  BatchRetention,
  decideBatch,
  decideRecord,
  retainsDeletes,
  type RetentionRules,
} from './batch-retention.ts'
import type { CleanedOutput } from './cleaned-output.ts'
import type { WorkMeter } from './segment-scan.ts'
import { KeyQuestions } from './key-questions.ts'
import { type Selection, writeRetained } from './retained-records.ts'

/** The retained records of a batch, and what they mean for the batch. */
interface Sifted extends Selection {
  readonly hasTombstones: boolean
}

/**
 * Copies the retained part of batches (Kafka's `MemoryRecords.filterTo`): the whole batch byte for
 * byte if all records remain and no delete horizon must be set; the remaining records otherwise;
 * and an empty batch if it must preserve an offset or a producer.
 */
export class BatchFilter {
  readonly #rules: RetentionRules
  readonly #output: CleanedOutput
  readonly #meter: WorkMeter
  readonly #cursor = new RecordCursor(new Uint8Array(0))
  readonly #questions: KeyQuestions
  #flags = new Uint8Array(1024)

  constructor(rules: RetentionRules, output: CleanedOutput, meter: WorkMeter) {
    this.#rules = rules
    this.#output = output
    this.#meter = meter
    this.#questions = new KeyQuestions(rules.map)
  }

  /**
   * Filters a batch. Called with every batch of a segment, in order.
   *
   * @throws CorruptRecordError if the batch cannot be read
   */
  filter(batch: BatchView): void {
    const { stats } = this.#rules
    const decision = decideBatch(batch, this.#rules)
    stats.bytesRead += batch.sizeInBytes
    if (decision.discardRecords) {
      stats.recordsRead += batch.recordCount
      if (decision.retention === BatchRetention.RetainEmpty) this.#writeEmpty(batch)
      return
    }
    if (batch.magic < 2) this.#filterLegacy(batch, decision)
    else this.#filterRecords(batch, decision)
  }

  #filterRecords(batch: BatchView, decision: BatchDecision): void {
    const { stats } = this.#rules
    const sifted = this.#sift(batch)
    const { count, hasTombstones } = sifted
    stats.recordsRead += batch.recordCount
    stats.recordsWritten += count
    if (count === 0) {
      if (decision.retention === BatchRetention.RetainEmpty) this.#writeEmpty(batch)
      return
    }
    const isHorizonDue = hasTombstones || decision.isMarkerOfEmptyTransaction
    if (count === batch.recordCount && (!isHorizonDue || batch.hasDeleteHorizon)) {
      this.#output.add(batch.buffer, batch.start, batch.sizeInBytes)
      stats.bytesWritten += batch.sizeInBytes
      return
    }
    const deleteHorizonMs = batch.deleteHorizonMs ?? (isHorizonDue ? this.#newHorizon : undefined)
    stats.bytesWritten += writeRetained(batch, sifted, deleteHorizonMs, this.#output)
  }

  /** Decides about every record. */
  #sift(batch: BatchView): Sifted {
    const { recordCount, isControl, baseOffset } = batch
    if (recordCount < 0) throw new CorruptRecordError(`Found invalid record count ${recordCount}`)
    const isCompressed = batch.isCompressed && recordCount > 0
    const content = isCompressed ? this.#decompress(batch) : batch.buffer
    const contentStart = isCompressed ? 0 : batch.start + BATCH_OVERHEAD
    const contentEnd = isCompressed ? content.length : batch.start + batch.sizeInBytes
    if (recordCount > this.#flags.length) this.#flags = new Uint8Array(recordCount * 2)
    const flags = this.#flags
    const retainDeletes = retainsDeletes(batch, this.#rules)
    const cursor = this.#cursor
    cursor.reset(content, contentStart, contentEnd)
    this.#questions.begin(flags)
    for (let index = 0; index < recordCount; index++) {
      cursor.next()
      const offset = baseOffset + cursor.offsetDelta
      const isTombstone = cursor.valueSize < 0
      const isRetained = isControl || decideRecord(cursor, offset, retainDeletes, this.#rules)
      if (isRetained !== undefined) this.#questions.answer(index, isTombstone, isRetained)
      else this.#questions.ask(content, cursor, index, offset, isTombstone)
    }
    const { count, hasTombstones } = this.#questions.end()
    return { content, contentStart, contentEnd, flags, count, hasTombstones }
  }

  /** Writes messages of magic 0 and 1 as batches of magic 2, as Kafka 4.4 does. */
  #filterLegacy(message: BatchView, { retention }: BatchDecision): void {
    const { map, stats, maxDecompressedBytes, retainLegacyDeletes } = this.#rules
    const retained: (RecordInput & { offset: number })[] = []
    for (const { offset, timestamp, key, value } of recordsOf(message, maxDecompressedBytes)) {
      stats.recordsRead++
      const isLatest =
        key !== null && offset >= this.#lastOffsetOf(key) && (value !== null || retainLegacyDeletes)
      if (offset > map.latestOffset || isLatest) retained.push({ offset, timestamp, key, value })
      else if (key === null) stats.invalidRecords++
    }
    const first = retained[0]
    if (first === undefined) {
      if (retention !== BatchRetention.RetainEmpty) return
      throw new Error('Empty batches are only supported for magic v2 and above')
    }
    const isLogAppendTime = message.timestampType === TimestampType.LogAppendTime
    const hasTombstones = retained.some(({ value }) => value === null)
    const batch = encodeBatch(
      retained.map((record) => ({ ...record, offsetDelta: record.offset - first.offset })),
      {
        baseOffset: first.offset,
        compression: message.compression,
        timestampType: isLogAppendTime ? TimestampType.LogAppendTime : TimestampType.CreateTime,
        ...(isLogAppendTime ? { logAppendTimeMs: message.maxTimestamp } : {}),
        ...(hasTombstones ? { deleteHorizonMs: this.#newHorizon } : {}),
      },
    )
    this.#output.add(batch, 0, batch.length)
    stats.recordsWritten += retained.length
    stats.bytesWritten += batch.length
  }

  #lastOffsetOf(key: Uint8Array): number {
    const { map } = this.#rules
    const number = map.prepare(key, 0, key.length)
    map.fetch()
    return map.get(number)
  }

  /** Writes an empty batch, which preserves the last offset and the producer's sequence. */
  #writeEmpty(batch: BatchView): void {
    const empty = encodeBatch([], {
      baseOffset: batch.baseOffset,
      lastOffsetDelta: batch.lastOffsetDelta,
      partitionLeaderEpoch: batch.partitionLeaderEpoch,
      timestampType: batch.timestampType,
      maxTimestamp: batch.maxTimestamp,
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      baseSequence: batch.baseSequence,
      isTransactional: batch.isTransactional,
      isControl: batch.isControl,
    })
    this.#output.add(empty, 0, empty.length)
    this.#rules.stats.bytesWritten += empty.length
  }

  #decompress(batch: BatchView): Uint8Array {
    const compressed = batch.bytes.subarray(BATCH_OVERHEAD)
    const records = decompress(batch.compression, compressed, this.#rules.maxDecompressedBytes)
    this.#meter.addDecompressed(records.length)
    return records
  }

  get #newHorizon(): number {
    return this.#rules.nowMs + this.#rules.deleteRetentionMs
  }
}
