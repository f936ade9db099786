import { join } from 'node:path'
import { invariant } from '../../platform/invariant.ts'
import { hasErrorCode } from '../../platform/system-error.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import type { AppendOrigin } from '../../record/validation-rules.ts'
import type { LogEnvironment } from '../log-environment.ts'
import { offsetOfFileName, SegmentFile, segmentFileName } from '../log-file-names.ts'
import type { ActiveProducer } from '../log-types.ts'
import {
  type CompletedTransaction,
  type OpenTransaction,
  ProducerAppend,
} from './producer-append.ts'
import type { BatchMetadata, LastRecord, ProducerEntry } from './producer-entry.ts'
import { readProducerSnapshot, writeProducerSnapshot } from './producer-snapshot.ts'

/** The producers of a log, for those who only read or expire them. */
export type LogProducers = Pick<ProducerState, 'activeProducers' | 'lastRecords' | 'removeExpired'>

/**
 * Which producers wrote to a log, their last sequences and open transactions, as of an offset (Kafka's `ProducerStateManager`).
 * Snapshots of it lie beside the segments, so that opening a log need not read all of it.
 */
export class ProducerState {
  readonly #environment: LogEnvironment
  readonly #directory: string
  readonly #producers = new Map<number, ProducerEntry>()
  /** By first offset, ascending. */
  #open: OpenTransaction[] = []
  /** Ended, but the marker is not below the high watermark yet. By first offset, ascending. */
  #unreplicated: CompletedTransaction[] = []
  /** All batches below are taken in. */
  #mapEndOffset = 0
  #snapshotOffset = 0
  /** Where there are snapshots, ascending; `undefined` until that is asked for. */
  #snapshots: number[] | undefined

  constructor(environment: LogEnvironment, directory: string) {
    this.#environment = environment
    this.#directory = directory
  }

  /** Takes the snapshots from the names in the log's directory, so that it need not be listed. */
  knowSnapshots(names: Iterable<string>): void {
    this.#snapshots = [...names]
      .map((name) => offsetOfFileName(name, SegmentFile.ProducerSnapshot))
      .filter((offset) => offset !== undefined)
      .sort(ascending)
  }

  /** Nobody is remembered. */
  get isEmpty(): boolean {
    return this.#producers.size === 0
  }

  get mapEndOffset(): number {
    return this.#mapEndOffset
  }

  /** Where the first transaction begins that is open, or whose end may still be lost; `Infinity` when there is none. */
  get firstUnstableOffset(): number {
    const open = this.#open[0]?.firstOffset ?? Infinity
    const unreplicated = this.#unreplicated[0]?.firstOffset ?? Infinity
    return Math.min(open, unreplicated)
  }

  findDuplicate(batch: BatchView): BatchMetadata | undefined {
    return this.#producers.get(batch.producerId)?.findDuplicate(batch)
  }

  /** To work out what batches of a producer do; {@link update} makes it so. */
  prepare(producerId: number, origin: AppendOrigin): ProducerAppend {
    return new ProducerAppend(producerId, this.#producers.get(producerId), origin)
  }

  update({ entry, begun }: ProducerAppend): void {
    this.#producers.set(entry.producerId, entry)
    for (const transaction of begun) insert(this.#open, transaction)
  }

  setMapEndOffset(offset: number): void {
    this.#mapEndOffset = offset
  }

  /** The last stable offset once this transaction is complete, for the transaction index. */
  lastStableOffsetAfter({ producerId, lastOffset }: CompletedTransaction): number {
    const other = this.#open.find((transaction) => transaction.producerId !== producerId)
    return other?.firstOffset ?? lastOffset + 1
  }

  completeTransaction(completed: CompletedTransaction): void {
    const { firstOffset, lastOffset } = completed
    invariant(firstOffset < lastOffset, 'a transaction ends after it began')
    this.#open = this.#open.filter((transaction) => transaction.firstOffset !== firstOffset)
    insert(this.#unreplicated, completed)
  }

  onHighWatermarkUpdated(highWatermark: number): void {
    if (this.#unreplicated.length === 0) return
    this.#unreplicated = this.#unreplicated.filter(({ lastOffset }) => lastOffset >= highWatermark)
  }

  /** Takes in a batch that was checked when it was first appended. Returns the transactions that it completes. */
  replay(batch: BatchView): readonly CompletedTransaction[] {
    if (!batch.hasProducerId) return []
    const append = this.prepare(batch.producerId, 'replication')
    append.add(batch)
    this.update(append)
    return append.completed
  }

  activeProducers(): ActiveProducer[] {
    return [...this.#producers.values()].map((producer) => ({
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      lastSequence: producer.lastSequence,
      lastTimestamp: producer.lastTimestamp,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: producer.currentTxnFirstOffset,
    }))
  }

  /** By producer id. */
  lastRecords(): Map<number, LastRecord> {
    const found = new Map<number, LastRecord>()
    for (const { producerId, producerEpoch, isEmpty, lastOffset } of this.#producers.values()) {
      found.set(producerId, { producerEpoch, lastDataOffset: isEmpty ? undefined : lastOffset })
    }
    return found
  }

  removeExpired(nowMs: number): void {
    for (const producer of this.#producers.values()) {
      if (this.#isExpired(producer, nowMs)) this.#producers.delete(producer.producerId)
    }
  }

  /** Writes a snapshot of the state as of the map end offset, if there is none. */
  takeSnapshot(): void {
    if (this.#mapEndOffset <= this.#snapshotOffset) return
    const { fileSystem, durability } = this.#environment
    const path = this.#snapshotPath(this.#mapEndOffset)
    writeProducerSnapshot(fileSystem, path, this.#producers.values(), durability)
    this.#snapshotOffset = this.#mapEndOffset
    this.#forgetSnapshot(this.#snapshotOffset)
    this.#snapshots = this.#snapshots?.concat(this.#snapshotOffset).sort(ascending)
  }

  /**
   * Starts again from the newest readable snapshot above `logStartOffset` and not above `endOffset`; others than those between are
   * removed. The batches from the map end offset on are to be replayed. Returns whether there were any snapshots, be they usable or not.
   */
  reload(logStartOffset: number, endOffset: number): boolean {
    const offsets = this.#snapshotOffsets()
    const isUsable = (offset: number) => offset > logStartOffset && offset <= endOffset
    for (const offset of offsets) if (!isUsable(offset)) this.removeSnapshot(offset)
    if (endOffset === this.#mapEndOffset) {
      this.onLogStartOffsetIncremented(logStartOffset)
    } else {
      this.clear(logStartOffset)
      offsets.filter(isUsable).findLast((offset) => this.#loadSnapshot(offset))
    }
    return offsets.length > 0
  }

  /** Writes the next snapshot wherever it is. */
  missSnapshots(): void {
    this.#snapshotOffset = 0
  }

  /** Forgets everything; the state is that of a log which begins at `offset`. Snapshots stay. */
  clear(offset: number): void {
    this.#producers.clear()
    this.#open = []
    this.#unreplicated = []
    this.#mapEndOffset = offset
    this.#snapshotOffset = offset
  }

  /** Forgets everything, snapshots too: the log is empty and goes on at `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    this.removeSnapshotsFrom(0)
    this.clear(offset)
  }

  /** Removes the snapshots that are not at the base offset of a segment, but for the newest where it is behind all of these. */
  removeStraySnapshots(baseOffsets: readonly number[]): void {
    const bases = new Set(baseOffsets)
    const strays = this.#snapshotOffsets().filter((offset) => !bases.has(offset))
    const newest = strays.at(-1) ?? -1
    const kept = newest > Math.max(...baseOffsets) ? newest : undefined
    for (const offset of strays) if (offset !== kept) this.removeSnapshot(offset)
  }

  /** Batches below `offset` count no more, whether or not they were taken in. */
  onLogStartOffsetIncremented(offset: number): void {
    this.onHighWatermarkUpdated(offset)
    this.#mapEndOffset = Math.max(this.#mapEndOffset, offset)
    this.#snapshotOffset = this.#snapshotOffsets().at(-1) ?? offset
  }

  /** Renames the snapshot at `offset` to `.deleted`, and returns where it is now; `undefined` when there is none. */
  markSnapshotForDeletion(offset: number): string | undefined {
    const path = this.#snapshotPath(offset)
    const renamed = `${path}.deleted`
    try {
      this.#environment.fileSystem.rename(path, renamed)
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT')) return undefined
      throw error
    }
    this.#forgetSnapshot(offset)
    if (this.#snapshotOffset === offset) this.#snapshotOffset = -1
    return renamed
  }

  removeSnapshotsFrom(offset: number): void {
    for (const found of this.#snapshotOffsets()) if (found >= offset) this.removeSnapshot(found)
  }

  removeSnapshot(offset: number): void {
    this.#environment.fileSystem.remove(this.#snapshotPath(offset))
    this.#forgetSnapshot(offset)
    if (this.#snapshotOffset === offset) this.#snapshotOffset = -1
  }

  #loadSnapshot(offset: number): boolean {
    const { fileSystem, clock, onWarning } = this.#environment
    const path = this.#snapshotPath(offset)
    try {
      const nowMs = clock.now()
      for (const producer of readProducerSnapshot(fileSystem, path)) {
        if (this.#isExpired(producer, nowMs)) continue
        this.#producers.set(producer.producerId, producer)
        const { producerId, currentTxnFirstOffset } = producer
        if (currentTxnFirstOffset >= 0) {
          insert(this.#open, { producerId, firstOffset: currentTxnFirstOffset })
        }
      }
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error
      onWarning(`removed the unreadable producer snapshot ${path}: ${error.message}`)
      this.removeSnapshot(offset)
      return false
    }
    this.#mapEndOffset = offset
    this.#snapshotOffset = offset
    return true
  }

  #isExpired({ currentTxnFirstOffset, lastTimestamp }: ProducerEntry, nowMs: number): boolean {
    const { producerIdExpirationMs } = this.#environment
    return currentTxnFirstOffset < 0 && nowMs - lastTimestamp >= producerIdExpirationMs
  }

  /** Ascending. */
  #snapshotOffsets(): readonly number[] {
    if (this.#snapshots === undefined) {
      const { fileSystem } = this.#environment
      const isThere = fileSystem.isDirectory(this.#directory)
      this.knowSnapshots(isThere ? fileSystem.list(this.#directory) : [])
    }
    return this.#snapshots!
  }

  #forgetSnapshot(offset: number): void {
    this.#snapshots = this.#snapshots?.filter((known) => known !== offset)
  }

  #snapshotPath(offset: number): string {
    return join(this.#directory, segmentFileName(offset, SegmentFile.ProducerSnapshot))
  }
}

function ascending(a: number, b: number): number {
  return a - b
}

function insert<T extends OpenTransaction>(transactions: T[], transaction: T): void {
  let index = transactions.length
  while (index > 0 && transactions[index - 1]!.firstOffset > transaction.firstOffset) index--
  transactions.splice(index, 0, transaction)
}
