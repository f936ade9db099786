import { invariant } from '../platform/invariant.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import type { LocalLog } from './local-log.ts'
import type { LogEnvironment } from './log-environment.ts'
import type { ReadIsolation } from './log-types.ts'
import type { ProducerState } from './producer/producer-state.ts'

/**
 * Between which offsets a log is read, and by whom. Always: `logStartOffset ≤ lastStableOffset ≤ highWatermark ≤ logEndOffset`.
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

  /** The offset that a read ends before. */
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

  /** Moves the high watermark, bounded by log start and log end offset; true when it changed. */
  updateHighWatermark(offset: number): boolean {
    const before = this.#highWatermark
    this.#setHighWatermark(this.#within(offset))
    if (this.#highWatermark === before) return false
    this.#environment.onOffsetsMoved('highWatermark')
    return true
  }

  /** Moves the log start offset forward, and with it what is known of the records below; not above the high watermark. */
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
   * Brings the offsets back between the ends of a log that is shorter now, and starts at `logStartOffset`. As in Kafka what is unstable is
   * looked at anew only where the high watermark comes down to the end: what lies above is not read by it in any case.
   */
  onTruncated(logStartOffset: number): void {
    this.#logStartOffset = logStartOffset
    if (this.#highWatermark >= this.#local.logEndOffset) {
      this.#setHighWatermark(this.#within(this.#highWatermark))
    }
    this.#checkOrder()
    this.#environment.onTruncated()
  }

  /** As above where nothing is left, and the log goes on at `offset`. */
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
