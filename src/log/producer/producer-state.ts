import { join } from 'node:path'
import { invariant } from '../../platform/invariant.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
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
import { type BatchToVerify, VerificationGuard } from './verification-guard.ts'

/** The producers of a log, for callers that do not append. */
export type LogProducers = Pick<
  ProducerState,
  'activeProducers' | 'lastRecords' | 'removeExpired' | 'startVerification'
>

/**
 * The producers of a log at an offset: their last sequences and open transactions (Kafka's
 * `ProducerStateManager`). Snapshots next to the segments avoid reading the whole log when it is
 * opened.
 */
export class ProducerState {
  readonly #environment: LogEnvironment
  readonly #directory: string
  readonly #producers = new Map<number, ProducerEntry>()
  /** The guards of producers whose partition is being verified, by producer id. */
  readonly #guards = new Map<number, VerificationGuard>()
  /** Ordered by first offset. */
  #open: OpenTransaction[] = []
  /**
   * Completed transactions whose marker is not below the high watermark. Ordered by first offset.
   */
  #unreplicated: CompletedTransaction[] = []
  /** Batches below this offset have been applied. */
  #mapEndOffset = 0
  #snapshotOffset = 0
  /** The offsets of the snapshots, ascending; undefined until they are needed. */
  #snapshots: number[] | undefined

  constructor(environment: LogEnvironment, directory: string) {
    this.#environment = environment
    this.#directory = directory
  }

  /** Takes the snapshots from the names in the log's directory, which need not be listed then. */
  knowSnapshots(names: Iterable<string>): void {
    this.#snapshots = [...names]
      .map((name) => offsetOfFileName(name, SegmentFile.ProducerSnapshot))
      .filter((offset) => offset !== undefined)
      .sort(ascending)
  }

  /** Whether no producer is known. */
  get isEmpty(): boolean {
    return this.#producers.size === 0
  }

  get mapEndOffset(): number {
    return this.#mapEndOffset
  }

  /**
   * The start of the first transaction that is open, or whose marker may still be lost; `Infinity`
   * if there is none.
   */
  get firstUnstableOffset(): number {
    const open = this.#open[0]?.firstOffset ?? Infinity
    const unreplicated = this.#unreplicated[0]?.firstOffset ?? Infinity
    return Math.min(open, unreplicated)
  }

  findDuplicate(batch: BatchView): BatchMetadata | undefined {
    return this.#producers.get(batch.producerId)?.findDuplicate(batch)
  }

  /** Begins an append of a producer. {@link update} applies it. */
  prepare(producerId: number, origin: AppendOrigin): ProducerAppend {
    const current = this.#producers.get(producerId)
    return new ProducerAppend(producerId, current, origin, this.#guards.get(producerId))
  }

  /**
   * Begins the verification of a transactional batch. Returns the guard with which it may be
   * appended, or `undefined` if the producer has an open transaction here: then the partition
   * belongs to it. Refuses a fenced producer.
   */
  startVerification(
    batch: BatchToVerify,
    supportsEpochBump: boolean,
  ): VerificationGuard | ApiError | undefined {
    const { producerId } = batch
    if (this.#isFenced(batch)) return ApiError.of(ErrorCode.InvalidProducerEpoch)
    if (this.#hasOpenTransaction(batch)) return undefined
    let guard = this.#guards.get(producerId)
    if (guard === undefined) {
      guard = new VerificationGuard(this.#environment.clock.now(), batch, supportsEpochBump)
      this.#guards.set(producerId, guard)
    }
    guard.add(batch)
    return guard
  }

  /**
   * Returns an error if a transactional batch is neither part of an open transaction of its
   * producer here, nor verified by the current guard.
   */
  checkVerified(batch: BatchView, guard: VerificationGuard | undefined): ApiError | undefined {
    if (this.#hasOpenTransaction(batch)) return undefined
    if (this.#isFenced(batch)) return ApiError.of(ErrorCode.InvalidProducerEpoch)
    if (batch.isControl || !this.#environment.verifiesTransactions) return undefined
    const isVerified = guard !== undefined && guard === this.#guards.get(batch.producerId)
    return isVerified ? undefined : ApiError.of(ErrorCode.InvalidTxnState)
  }

  /** Ends the verification of a producer: a batch or a marker of it was accepted. */
  endVerification(producerId: number): void {
    this.#guards.delete(producerId)
  }

  update({ entry, begun }: ProducerAppend): void {
    this.#producers.set(entry.producerId, entry)
    for (const transaction of begun) insert(this.#open, transaction)
  }

  setMapEndOffset(offset: number): void {
    this.#mapEndOffset = offset
  }

  /**
   * Returns the last stable offset after this transaction is complete, for the transaction index.
   */
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

  /**
   * Applies a batch that was checked at its first append. Returns the transactions that it
   * completes.
   */
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

  /** Returns the last record of each producer, by producer id. */
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
    const { producerIdExpirationMs } = this.#environment
    for (const [producerId, { createdMs }] of this.#guards) {
      if (nowMs - createdMs >= producerIdExpirationMs) this.#guards.delete(producerId)
    }
  }

  /** Writes a snapshot at the map end offset, unless there is one. */
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
   * Loads the newest readable snapshot above `logStartOffset` and at or below `endOffset`, and
   * removes the snapshots outside of that range. The caller replays the batches from the map end
   * offset. Returns whether there were any snapshots, usable or not.
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

  /** Makes the next snapshot be written at any offset. */
  missSnapshots(): void {
    this.#snapshotOffset = 0
  }

  /** Removes all producers, as for a log that begins at `offset`. Keeps the snapshots. */
  clear(offset: number): void {
    this.#producers.clear()
    this.#open = []
    this.#unreplicated = []
    this.#mapEndOffset = offset
    this.#snapshotOffset = offset
  }

  /** Removes all producers and snapshots: the log is empty and continues at `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    this.removeSnapshotsFrom(0)
    this.clear(offset)
  }

  /**
   * Removes the snapshots that are not at the base offset of a segment, except the newest one if it
   * is above all base offsets.
   */
  removeStraySnapshots(baseOffsets: readonly number[]): void {
    const bases = new Set(baseOffsets)
    const strays = this.#snapshotOffsets().filter((offset) => !bases.has(offset))
    const newest = strays.at(-1) ?? -1
    const kept = newest > Math.max(...baseOffsets) ? newest : undefined
    for (const offset of strays) if (offset !== kept) this.removeSnapshot(offset)
  }

  /** Batches below `offset` do not count any more, applied or not. */
  onLogStartOffsetIncremented(offset: number): void {
    this.onHighWatermarkUpdated(offset)
    this.#mapEndOffset = Math.max(this.#mapEndOffset, offset)
    this.#snapshotOffset = this.#snapshotOffsets().at(-1) ?? offset
  }

  /**
   * Renames the snapshot at `offset` to `.deleted`. Returns its new path, or undefined if there is
   * none.
   */
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

  #hasOpenTransaction({ producerId, producerEpoch }: Omit<BatchToVerify, 'baseSequence'>): boolean {
    const entry = this.#producers.get(producerId)
    return (
      entry !== undefined &&
      entry.currentTxnFirstOffset >= 0 &&
      entry.producerEpoch === producerEpoch
    )
  }

  #isFenced({ producerId, producerEpoch }: Omit<BatchToVerify, 'baseSequence'>): boolean {
    const entry = this.#producers.get(producerId)
    return entry !== undefined && producerEpoch < entry.producerEpoch
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

  /** Returns the offsets, ascending. */
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
