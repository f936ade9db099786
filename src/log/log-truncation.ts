import type { LeaderEpochs } from './leader-epochs.ts'
import type { LocalLog } from './local-log.ts'
import type { LogOffsets } from './log-offsets.ts'
import { replayProducers } from './producer/producer-replay.ts'
import type { ProducerState } from './producer/producer-state.ts'

/** Takes records off the end of a log, and what epochs and producers know of them. */
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
      this.#epochs.truncateFromEnd(offset)
      return false
    }
    if (offset < local.segments.first.baseOffset) {
      this.truncateFullyAndStartAt(offset)
      return true
    }
    local.truncateTo(offset)
    this.#epochs.truncateFromEnd(local.logEndOffset)
    const logStartOffset = Math.min(this.#offsets.logStartOffset, local.logEndOffset)
    this.#reloadProducers(logStartOffset)
    this.#offsets.onTruncated(logStartOffset)
    return true
  }

  /** See `Log.truncateFullyAndStartAt`. */
  truncateFullyAndStartAt(offset: number): void {
    this.#local.makeDirectory()
    this.#local.truncateFullyAndStartAt(offset)
    this.#epochs.clear()
    this.#producers.truncateFullyAndStartAt(offset)
    this.#offsets.onTruncated(offset)
  }

  #reloadProducers(logStartOffset: number): void {
    const { logEndOffset, segments } = this.#local
    this.#producers.reload(logStartOffset, logEndOffset)
    replayProducers(this.#producers, segments.from(this.#producers.mapEndOffset))
    this.#producers.setMapEndOffset(logEndOffset)
  }
}
