import { invariant } from '../platform/invariant.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import type { LocalLog } from './local-log.ts'
import type { LogEnvironment } from './log-environment.ts'
import type { ReadIsolation } from './log-types.ts'
import type { ProducerState } from './producer/producer-state.ts'

/**
 * The offsets that limit the reads of a log. Always: `logStartOffset ≤ lastStableOffset ≤
 * highWatermark ≤ logEndOffset`.
 */
export class LogOffsets {
  readonly #local: LocalLog
  readonly #epochs: LeaderEpochs
  readonly #producers: ProducerState
  readonly #environment: LogEnvironment
  #logStartOffset: number
  #highWatermark: number
  #firstUnstableOffset: number

  constructor(
    environment: LogEnvironment,
    local: LocalLog,
    epochs: LeaderEpochs,
    producers: ProducerState,
    checkpoint: { readonly logStartOffset: number; readonly highWatermark: number },
  ) {
    this.#local = local
    this.#epochs = epochs
    this.#producers = producers
    this.#environment = environment
    this.#logStartOffset = checkpoint.logStartOffset
    this.#highWatermark = this.#within(checkpoint.highWatermark)
    producers.onHighWatermarkUpdated(this.#highWatermark)
    this.#firstUnstableOffset = producers.firstUnstableOffset
    this.#checkOrder()
  }

  get logStartOffset(): number {
    return this.#logStartOffset
  }

  get lastStableOffset(): number {
    return Math.max(this.#logStartOffset, Math.min(this.#firstUnstableOffset, this.#highWatermark))
  }

  get highWatermark(): number {
    return this.#highWatermark
  }

  /** Returns the offset at which a read ends. */
  limitOf(isolation: ReadIsolation): number {
    switch (isolation) {
      case 'highWatermark':
        return this.#highWatermark
      case 'lastStableOffset':
        return this.lastStableOffset
      case 'logEnd':
        return this.#local.logEndOffset
    }
  }

  /**
   * Moves the high watermark, limited by log start offset and log end offset. Returns whether it
   * changed.
   */
  updateHighWatermark(offset: number): boolean {
    const before = this.#highWatermark
    this.#setHighWatermark(this.#within(offset))
    if (this.#highWatermark === before) return false
    this.#environment.onOffsetsMoved('highWatermark')
    return true
  }

  /**
   * Moves the log start offset up, at most to the high watermark. Drops leader epochs and producers
   * of the records below.
   */
  incrementLogStartOffset(offset: number): void {
    if (offset <= this.#logStartOffset) return
    invariant(offset <= this.#highWatermark, 'the log starts at or below the high watermark')
    this.#logStartOffset = offset
    this.#epochs.truncateFromStart(offset)
    this.#producers.onLogStartOffsetIncremented(offset)
    this.onProducersUpdated()
    this.#checkOrder()
    this.#environment.onOffsetsMoved('logStartOffset')
  }

  /**
   * Moves the offsets back to the end of a truncated log that starts at `logStartOffset`. As in
   * Kafka, the first unstable offset is recomputed only if the high watermark moves back; otherwise
   * it is above the new end.
   */
  onTruncated(logStartOffset: number): void {
    this.#logStartOffset = logStartOffset
    if (this.#highWatermark >= this.#local.logEndOffset) {
      this.#setHighWatermark(this.#within(this.#highWatermark))
    }
    this.#checkOrder()
    this.#environment.onTruncated()
  }

  /** As {@link onTruncated}, for a log that is empty and continues at `offset`. */
  onTruncatedFully(offset: number): void {
    this.#logStartOffset = offset
    this.#setHighWatermark(offset)
    this.#environment.onTruncated()
  }

  /** Transactions have begun or ended. */
  onProducersUpdated(): void {
    this.#firstUnstableOffset = this.#producers.firstUnstableOffset
  }

  #setHighWatermark(offset: number): void {
    this.#highWatermark = offset
    this.#producers.onHighWatermarkUpdated(offset)
    this.onProducersUpdated()
    this.#checkOrder()
  }

  #checkOrder(): void {
    const { logStartOffset, lastStableOffset, highWatermark } = this
    invariant(logStartOffset >= 0, 'the log start offset is not negative')
    invariant(logStartOffset <= lastStableOffset, 'log start offset <= last stable offset')
    invariant(lastStableOffset <= highWatermark, 'last stable offset <= high watermark')
    invariant(highWatermark <= this.#local.logEndOffset, 'high watermark <= log end offset')
  }

  #within(offset: number): number {
    return Math.min(Math.max(offset, this.#logStartOffset), this.#local.logEndOffset)
  }
}
