import type { ReadIsolation } from '../../src/log/log-types.ts'
import type { ModelBatch } from './model-batch.ts'
import { ModelProducers, type ModelTransaction } from './model-producers.ts'

/** The batches from which ends of transactions are known, and the offset of the first such end. */
export interface KnownEnds {
  readonly from: number
  readonly endsFrom: number
}

/** The expected state of one log. */
export class ModelLog {
  /** The content of the log, in order, including what was below the log start offset. */
  batches: ModelBatch[] = []
  /** The batches before they were cleaned, from which the producer state comes. */
  remembered: ModelBatch[] = []
  /** Everything that was ever appended and not dropped, from which the transactions come. */
  #appended: ModelBatch[] = []
  /**
   * Dropped batches that may reappear after a power failure, because nothing was synced afterwards.
   */
  ghosts: ModelBatch[] = []
  startOffset = 0
  endOffset = 0
  /**
   * The minimum end offset after a start: the files do not tell that the log was truncated after
   * it, within a batch or a gap.
   */
  storedEndOffset = 0
  highWatermark = 0
  leaderEpoch = 0
  /** The log start offset in the last checkpoint. The start is never below. */
  checkpointedStartOffset = 0
  /**
   * The producer state comes from the batches from here on: recovery did not find earlier state.
   */
  producersFrom = 0
  /** Expired producers, with the offset of their last batch. */
  expired: ReadonlyMap<number, number> = new Map()
  /**
   * Ends of transactions at or above this offset are not known to be replicated. Normally the high
   * watermark. Batches that a truncation reads again do not count until it moves again, as in
   * Kafka.
   */
  replicatedTo = 0
  /**
   * The last stable offset after a truncation that leaves the high watermark unchanged, until
   * something moves.
   */
  #heldStableOffset: number | undefined
  /**
   * Possible knowledge about transactions that have ended but are not replicated yet. Later offsets
   * narrow it down.
   */
  knownEnds: readonly KnownEnds[] = [{ from: 0, endsFrom: 0 }]
  /**
   * The recovery point of the last truncation. When it has moved on, the truncation is on the disk.
   */
  lastTruncatedAt = 0
  /** Offsets below may be missing in the epochs, because the log once started here. */
  epochsKnownFrom = 0
  /** The log start before a truncation moved it back. It may still be in a checkpoint. */
  formerStartOffset = 0
  /** Whether the log was cleaned: batches may differ from the appended ones. */
  isCompacted = false
  #producers: ModelProducers | undefined
  #allProducers: ModelProducers | undefined
  readonly #unexpired = new Map<number, ModelProducers>()

  get producers(): ModelProducers {
    return (this.#producers ??= this.producersSince(this.producersFrom))
  }

  get lastStableOffset(): number {
    return this.#heldStableOffset ?? this.#lastStableOffsetIf(this.knownEnds[0]!)
  }

  /** All transactions that ended. */
  get endedTransactions(): readonly ModelTransaction[] {
    return (this.#allProducers ??= ModelProducers.of(this.#appended)).ended
  }

  /**
   * Whether the log start has moved back because it was not in a checkpoint: indexes below it may
   * be unsynced.
   */
  get isStartLost(): boolean {
    return this.startOffset < this.formerStartOffset
  }

  /** The readable batches. */
  get readable(): readonly ModelBatch[] {
    return this.batches.filter(({ lastOffset }) => lastOffset >= this.startOffset)
  }

  /** @param batches default: the remembered ones */
  producersSince(offset: number, batches: readonly ModelBatch[] = this.remembered): ModelProducers {
    return ModelProducers.of(
      batches.filter(
        ({ lastOffset, producerId }) =>
          lastOffset >= offset && lastOffset > (this.expired.get(producerId) ?? -1),
      ),
    )
  }

  /** Drops the possibilities that contradict the last stable offset. */
  narrowLastStableOffset(seen: number): void {
    if (this.#heldStableOffset !== undefined) return
    const possible = this.knownEnds.filter((known) => this.#lastStableOffsetIf(known) === seen)
    if (possible.length > 0) this.knownEnds = possible
  }

  /** Drops the computed producers, so that they are computed again. */
  forgetProducers(): void {
    this.#producers = undefined
    this.#allProducers = undefined
    this.#unexpired.clear()
  }

  limitOf(isolation: ReadIsolation): number {
    switch (isolation) {
      case 'highWatermark':
        return this.highWatermark
      case 'lastStableOffset':
        return this.lastStableOffset
      case 'logEnd':
        return this.endOffset
    }
  }

  /** The end offset of the last batch. */
  get recordsEndOffset(): number {
    return this.batches.at(-1)?.nextOffset ?? 0
  }

  append(batches: readonly ModelBatch[]): void {
    this.#heldStableOffset = undefined
    for (const batch of batches) {
      this.batches.push(batch)
      this.remembered.push(batch)
      this.#appended.push(batch)
      this.#producers?.add(batch)
      this.#allProducers?.add(batch)
      for (const producers of this.#unexpired.values()) producers.add(batch)
      this.endOffset = batch.nextOffset
    }
    this.storedEndOffset = this.endOffset
  }

  moveHighWatermark(offset: number): void {
    this.#heldStableOffset = undefined
    this.highWatermark = offset
    this.replicatedTo = offset
  }

  /** Called when later appends were synced: dropped batches can no longer reappear. */
  onSynced(recoveryPoint: number): void {
    if (recoveryPoint <= Math.max(this.lastTruncatedAt, this.startOffset)) return
    this.ghosts = []
  }

  moveStart(offset: number): void {
    this.epochsKnownFrom = Math.max(this.epochsKnownFrom, offset)
    if (offset <= this.startOffset) return
    this.#heldStableOffset = undefined
    this.startOffset = offset
    this.highWatermark = Math.max(this.highWatermark, offset)
    this.replicatedTo = Math.max(this.replicatedTo, offset)
  }

  /** @param storedEndOffset see {@link ModelLog.storedEndOffset} */
  truncateTo(offset: number, storedEndOffset: number): void {
    const { lastStableOffset } = this
    this.#drop((batch) => batch.lastOffset >= offset)
    this.endOffset = offset
    this.storedEndOffset = storedEndOffset
    this.epochsKnownFrom = Math.min(this.epochsKnownFrom, offset)
    this.formerStartOffset = Math.max(this.formerStartOffset, this.startOffset)
    this.startOffset = Math.min(this.startOffset, offset)
    if (this.highWatermark >= offset) this.moveHighWatermark(offset)
    else {
      this.#heldStableOffset = lastStableOffset
      this.replicatedTo = 0
    }
    this.checkpointedStartOffset = Math.min(this.checkpointedStartOffset, this.startOffset)
  }

  truncateFullyAndStartAt(offset: number): void {
    this.#drop(() => true)
    this.formerStartOffset = Math.max(this.formerStartOffset, this.startOffset)
    this.startOffset = offset
    this.endOffset = offset
    this.storedEndOffset = offset
    this.moveHighWatermark(offset)
    this.epochsKnownFrom = offset
    this.checkpointedStartOffset = Math.min(this.checkpointedStartOffset, offset)
    this.producersFrom = 0
    this.expired = new Map()
    this.knownEnds = [{ from: 0, endsFrom: 0 }]
  }

  /** Adopts the content found after a crash. The rest may reappear after a power failure. */
  adopt(found: readonly ModelBatch[], inFlight: readonly ModelBatch[], firstOffset: number): void {
    const isFound = (batch: ModelBatch) => found.some((other) => other.equals(batch))
    const known = [...this.batches.filter((batch) => batch.lastOffset >= firstOffset), ...inFlight]
    const lost = known.filter((batch) => !isFound(batch))
    const unknown = found.filter((batch) => !this.batches.includes(batch))
    const from = Math.min(...[...lost, ...unknown].map(({ baseOffset }) => baseOffset))
    this.#replaceFrom(from, found)
    this.ghosts = [...this.ghosts.filter((batch) => !isFound(batch)), ...lost]
    this.#take(found, firstOffset)
  }

  /** Adopts the result of the cleaner. */
  adoptCleaned(found: readonly ModelBatch[], firstOffset: number): void {
    this.#replaceFrom(this.endOffset, found)
    this.#take(found, firstOffset)
  }

  #take(found: readonly ModelBatch[], firstOffset: number): void {
    this.batches = [...this.batches.filter(({ lastOffset }) => lastOffset < firstOffset), ...found]
    this.forgetProducers()
  }

  #replaceFrom(offset: number, found: readonly ModelBatch[]): void {
    const replace = (batches: readonly ModelBatch[]) => [
      ...batches.filter(({ lastOffset }) => lastOffset < offset),
      ...found.filter(({ lastOffset }) => lastOffset >= offset),
    ]
    this.remembered = replace(this.remembered)
    this.#appended = replace(this.#appended)
  }

  #lastStableOffsetIf({ from, endsFrom }: KnownEnds): number {
    const unstable = Math.min(
      this.producers.firstOpenOffset,
      this.#unexpiredSince(from).firstUnreplicatedOffset(this.replicatedTo, endsFrom),
    )
    return Math.max(this.startOffset, Math.min(unstable, this.highWatermark))
  }

  /** Includes the transactions of producers that have expired since. */
  #unexpiredSince(from: number): ModelProducers {
    const found =
      this.#unexpired.get(from) ??
      ModelProducers.of(this.remembered.filter(({ lastOffset }) => lastOffset >= from))
    this.#unexpired.set(from, found)
    return found
  }

  #drop(isDropped: (batch: ModelBatch) => boolean): void {
    this.ghosts.push(...this.batches.filter(isDropped))
    const keep = (batches: ModelBatch[]) => batches.filter((batch) => !isDropped(batch))
    this.batches = keep(this.batches)
    this.remembered = keep(this.remembered)
    this.#appended = keep(this.#appended)
    this.forgetProducers()
  }
}
