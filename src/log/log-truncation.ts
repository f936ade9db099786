import type { LeaderEpochs } from './leader-epochs.ts'
import type { LocalLog } from './local-log.ts'
import type { LogOffsets } from './log-offsets.ts'
import { rebuildProducers } from './producer/producer-replay.ts'
import type { ProducerState } from './producer/producer-state.ts'

/** Truncates a log, its leader epochs and its producers. */
export class LogTruncation {
  readonly #local: LocalLog
  readonly #epochs: LeaderEpochs
  readonly #producers: ProducerState
  readonly #offsets: LogOffsets

  constructor(
    local: LocalLog,
    epochs: LeaderEpochs,
    producers: ProducerState,
    offsets: LogOffsets,
  ) {
    this.#local = local
    this.#epochs = epochs
    this.#producers = producers
    this.#offsets = offsets
  }

  /** See `Log.truncateTo`. */
  truncateTo(offset: number): boolean {
    const local = this.#local
    if (offset >= local.logEndOffset) {
      this.#epochs.truncateFromEnd(local.logEndOffset)
      return false
    }
    if (offset < local.segments.first.baseOffset) {
      this.truncateFullyAndStartAt(offset)
      return true
    }
    local.truncateTo(offset)
    this.#epochs.truncateFromEnd(offset)
    const logStartOffset = Math.min(this.#offsets.logStartOffset, offset)
    rebuildProducers(this.#producers, local.segments.all, logStartOffset, offset)
    this.#offsets.onTruncated(logStartOffset)
    return true
  }

  /** See `Log.truncateFullyAndStartAt`. */
  truncateFullyAndStartAt(offset: number): void {
    this.#local.makeDirectory()
    this.#local.truncateFullyAndStartAt(offset)
    this.#epochs.clear()
    this.#producers.truncateFullyAndStartAt(offset)
    rebuildProducers(this.#producers, this.#local.segments.all, offset, offset)
    this.#offsets.onTruncatedFully(offset)
  }
}
