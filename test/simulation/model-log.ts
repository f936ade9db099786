import type { ReadIsolation } from '../../src/log/log-types.ts'
import type { ModelBatch } from './model-batch.ts'
import { ModelProducers, type ModelTransaction } from './model-producers.ts'

/** The batches that ends of transactions are known from, and the offset of the first such end. */
export interface KnownEnds {
  readonly from: number
  readonly endsFrom: number
}

/** What one log should hold. */
export class ModelLog {
  /** What lies in the log, in its order, and below the log start offset what lay there. */
  batches: ModelBatch[] = []
  /** What the producers come from: the batches as they were before they were cleaned. */
  remembered: ModelBatch[] = []
  /** What the transactions come from: all that was ever appended and not dropped. */
  #appended: ModelBatch[] = []
  /** What was dropped but may come back at a power failure, since nothing was synced afterwards. */
  ghosts: ModelBatch[] = []
  startOffset = 0
  endOffset = 0
  /** What a start finds at least as the end: the files do not tell that the log was truncated behind it, within a batch or a gap. */
  storedEndOffset = 0
  highWatermark = 0
  leaderEpoch = 0
  /** Never below: the log start offset as it was last written down. */
  checkpointedStartOffset = 0
  /** The producers are those of the batches from here on: what was there before was not found again by a recovery. */
  producersFrom = 0
  /** Producers that were silent for too long, up to the offset of their last batch. */
  expired: ReadonlyMap<number, number> = new Map()
  /**
   * Ends of transactions at or above are not known to be replicated. Normally the high watermark; the batches that a truncation reads
   * again are not held against it before it moves again, as in Kafka.
   */
  replicatedTo = 0
  /** As long as nothing moves after a truncation that leaves the high watermark where it is, so does what is stable. */
  #heldStableOffset: number | undefined
  /** What may be known of transactions that have ended but are not replicated yet: which of it is, later offsets tell. */
  knownEnds: readonly KnownEnds[] = [{ from: 0, endsFrom: 0 }]
  /** The recovery point when something was dropped last: when it has moved on, that is on the disk. */
  lastTruncatedAt = 0
  /** Of offsets below the epoch may be forgotten, since the log started here once. */
  epochsKnownFrom = 0
  /** Where the log began before truncation moved that back: it may still be written so. */
  formerStartOffset = 0
  /** The cleaner was here: batches need not be those that were appended. */
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

  /** Every transaction that ended, with all that was ever known of it. */
  get endedTransactions(): readonly ModelTransaction[] {
    return (this.#allProducers ??= ModelProducers.of(this.#appended)).ended
  }

  /** The log start has moved back, since it was not written down: indexes of what lies before it need not have been synced. */
  get isStartLost(): boolean {
    return this.startOffset < this.formerStartOffset
  }

  /** The batches that can be read. */
  get readable(): readonly ModelBatch[] {
    return this.batches.filter(({ lastOffset }) => lastOffset >= this.startOffset)
  }

  /** @param batches default those that are remembered */
  producersSince(offset: number, batches: readonly ModelBatch[] = this.remembered): ModelProducers {
    return ModelProducers.of(
      batches.filter(
        ({ lastOffset, producerId }) =>
          lastOffset >= offset && lastOffset > (this.expired.get(producerId) ?? -1),
      ),
    )
  }

  /** Drops what cannot be, now that the last stable offset is seen. */
  narrowLastStableOffset(seen: number): void {
    if (this.#heldStableOffset !== undefined) return
    const possible = this.knownEnds.filter((known) => this.#lastStableOffsetIf(known) === seen)
    if (possible.length > 0) this.knownEnds = possible
  }

  /** Works out the producers anew when they are next asked for. */
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

  /** Where the last batch ends. */
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

  /** What was dropped is gone for good once later appends were synced. */
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

  /** Takes over what was found after a crash; the rest may yet come back at a power failure. */
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

  /** Takes over what the cleaner has left. */
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

  /** With the transactions of producers that are forgotten since. */
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
