import { BATCH_OVERHEAD } from '../../record/batch-layout.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import { decompress } from '../../record/compression.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { recordsOf } from '../../record/records.ts'
import { CleanedTransactionMetadata } from './cleaned-transaction-metadata.ts'
import type { MutableCleanerStats } from './cleaner-stats.ts'
import { type LogToClean, segmentsBetween } from './log-to-clean.ts'
import { MAX_KEYS_TOGETHER, type OffsetMap } from './offset-map.ts'
import { scanSegment, type WorkMeter } from './segment-scan.ts'
import { abortedBetween, type WatchedSegments } from './watched-segments.ts'

/**
 * Collects the last offset of every key in the dirty part of a log, until the map is full (Kafka's
 * `Cleaner.buildOffsetMap`). Ignores aborted records and records without a key. The map's latest
 * offset is the end of the collected part.
 *
 * @param maxKeys the maximum number of keys, at least 1
 */
export function* buildOffsetMap(
  { log, firstDirtyOffset, firstUncleanableOffset }: LogToClean,
  map: OffsetMap,
  maxKeys: number,
  watched: WatchedSegments,
  meter: WorkMeter,
  stats: MutableCleanerStats,
): Generator<number, void> {
  const dirty = segmentsBetween(log.files.segments, firstDirtyOffset, firstUncleanableOffset)
  const transactions = new CleanedTransactionMetadata()
  transactions.addAbortedTransactions(abortedBetween(log, firstDirtyOffset, firstUncleanableOffset))
  const { maxDecompressedMessageBytes } = log.config
  const collector = new KeyCollector(
    map,
    maxKeys,
    firstDirtyOffset,
    maxDecompressedMessageBytes,
    meter,
  )
  const onBatch = (batch: BatchView): boolean => {
    stats.mapBytesRead += batch.sizeInBytes
    stats.mapRecordsRead += batch.recordCount
    const isSkipped = batch.isControl
      ? transactions.onControlBatchRead(batch) || batch.isControl
      : transactions.onBatchRead(batch)
    if (!isSkipped && !collector.collect(batch)) return true
    if (batch.lastOffset >= firstDirtyOffset) map.updateLatestOffset(batch.lastOffset)
    return false
  }
  for (const [index, segment] of dirty.entries()) {
    const scan = scanSegment(segment, segment.positionOf(firstDirtyOffset), meter, onBatch)
    for (;;) {
      const { done, value } = scan.next()
      if (done === true && value) return
      if (done === true) break
      yield value
      watched.check()
    }
    // Missing offsets at the end of the segment count as collected.
    map.updateLatestOffset((dirty[index + 1]?.baseOffset ?? firstUncleanableOffset) - 1)
  }
}

class KeyCollector {
  readonly #map: OffsetMap
  readonly #maxKeys: number
  readonly #firstOffset: number
  readonly #maxDecompressedBytes: number
  readonly #meter: WorkMeter
  readonly #cursor = new RecordCursor(new Uint8Array(0))
  readonly #offsets = new Float64Array(MAX_KEYS_TOGETHER)

  constructor(
    map: OffsetMap,
    maxKeys: number,
    firstOffset: number,
    maxDecompressedBytes: number,
    meter: WorkMeter,
  ) {
    this.#map = map
    this.#maxKeys = maxKeys
    this.#firstOffset = firstOffset
    this.#maxDecompressedBytes = maxDecompressedBytes
    this.#meter = meter
  }

  /** Returns false when the map is full. */
  collect(batch: BatchView): boolean {
    if (batch.magic < 2) return this.#collectLegacy(batch)
    const { recordCount, baseOffset, isCompressed } = batch
    if (recordCount === 0) return true
    if (recordCount < 0) throw new CorruptRecordError(`Found invalid record count ${recordCount}`)
    const records = isCompressed ? this.#decompress(batch) : batch.buffer
    const cursor = this.#cursor
    if (isCompressed) cursor.reset(records, 0, records.length)
    else cursor.reset(records, batch.start + BATCH_OVERHEAD, batch.start + batch.sizeInBytes)
    for (let index = 0; index < recordCount; index++) {
      cursor.next()
      const { keyStart, keySize } = cursor
      const offset = baseOffset + cursor.offsetDelta
      if (keySize < 0 || offset < this.#firstOffset) continue
      if (!this.#take(records, keyStart, keyStart + keySize, offset)) return false
    }
    return this.#putTaken()
  }

  #collectLegacy(message: BatchView): boolean {
    for (const { key, offset } of recordsOf(message, this.#maxDecompressedBytes)) {
      if (key === null || offset < this.#firstOffset) continue
      if (!this.#take(key, 0, key.length, offset)) return false
    }
    return this.#putTaken()
  }

  /** Adds a key to the keys of its batch. Returns false when there is no room. */
  #take(bytes: Uint8Array, start: number, end: number, offset: number): boolean {
    const key = this.#map.prepare(bytes, start, end)
    this.#offsets[key] = offset
    return key < MAX_KEYS_TOGETHER - 1 || this.#putTaken()
  }

  #putTaken(): boolean {
    const count = this.#map.fetch()
    for (let key = 0; key < count; key++) {
      if (this.#map.size >= this.#maxKeys) return false
      this.#map.put(key, this.#offsets[key]!)
    }
    return true
  }

  #decompress(batch: BatchView): Uint8Array {
    const compressed = batch.bytes.subarray(BATCH_OVERHEAD)
    const records = decompress(batch.compression, compressed, this.#maxDecompressedBytes)
    this.#meter.addDecompressed(records.length)
    return records
  }
}
