import type { Clock } from '../platform/clock.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { batchSizeAt, BatchView } from '../record/batch-view.ts'
import { AppendOrigin, type ValidatedRecords } from '../record/validation.ts'
import { validateRecords } from '../record/validator.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import type { LocalLog } from './local-log.ts'
import {
  appendError,
  checkProducers,
  rejection,
  stampBatches,
  validationRules,
} from './log-append.ts'
import type { AppendError, AppendInfo, AppendOptions } from './log-types.ts'
import type { ProducerAppend } from './producer/producer-append.ts'
import type { BatchMetadata } from './producer/producer-entry.ts'
import type { ProducerState } from './producer/producer-state.ts'

/**
 * The way of batches into a log: validates them, checks their producers, rolls, writes, and notes epochs and transactions. What the disk
 * refuses is thrown.
 */
export class LogAppender {
  readonly #clock: Clock
  readonly #local: LocalLog
  readonly #epochs: LeaderEpochs
  readonly #producers: ProducerState
  readonly #roll: (baseOffset: number) => void

  /** @param roll begins a new segment, as the log does it */
  constructor(
    clock: Clock,
    local: LocalLog,
    epochs: LeaderEpochs,
    producers: ProducerState,
    roll: (baseOffset: number) => void,
  ) {
    this.#clock = clock
    this.#local = local
    this.#epochs = epochs
    this.#producers = producers
    this.#roll = roll
  }

  /** See `Log.appendAsLeader`. */
  appendAsLeader(
    records: Uint8Array,
    leaderEpoch: number,
    options: AppendOptions,
    logStartOffset: number,
  ): AppendInfo | AppendError {
    const local = this.#local
    const rules = validationRules(local.config, local.name, this.#clock.now(), options)
    const validated = validateRecords(records, rules)
    if ('errorCode' in validated) return rejection(validated, logStartOffset)
    stampBatches(validated, local.logEndOffset, leaderEpoch)
    return this.#append(validated, rules.origin, logStartOffset)
  }

  /** See `Log.appendAsFollower`. */
  appendAsFollower(records: Uint8Array, logStartOffset: number): AppendInfo | AppendError {
    const local = this.#local
    const rules = validationRules(local.config, local.name, this.#clock.now(), fromLeader)
    const validated = validateRecords(records, rules)
    if ('errorCode' in validated) return rejection(validated, logStartOffset)
    let nextOffset = local.logEndOffset
    for (let at = 0, size; (size = batchSizeAt(validated.records, at)) > 0; at += size) {
      const batch = new BatchView(validated.records, at)
      if (batch.baseOffset < nextOffset) {
        throw new Error(`${local.name}: offset ${batch.baseOffset} is below ${nextOffset}`)
      }
      nextOffset = batch.nextOffset
    }
    return this.#append(validated, rules.origin, logStartOffset)
  }

  #append(
    { records, ...info }: ValidatedRecords,
    origin: AppendOrigin,
    logStartOffset: number,
  ): AppendInfo | AppendError {
    const local = this.#local
    if (records.length > local.config.segmentBytes) {
      return appendError(ErrorCode.RecordListTooLarge, -1)
    }
    const baseOffset = new BatchView(records).baseOffset
    const lastOffset = lastOffsetOf(records)
    const check = checkProducers(this.#producers, records, origin)
    if ('errorCode' in check) return appendError(check.errorCode, logStartOffset)
    if ('duplicate' in check) return duplicateInfo(check.duplicate, logStartOffset)
    const upcoming = { sizeInBytes: records.length, maxTimestamp: info.maxTimestamp, lastOffset }
    if (local.makeDirectory()) this.#epochs.writeIfAny()
    if (local.segments.active.shouldRoll(local.config, upcoming)) this.#roll(baseOffset)
    this.#assignEpochs(records)
    local.append(records)
    this.#producers.setMapEndOffset(local.logEndOffset)
    this.#takeInProducers(check.appends)
    const { logAppendTimeMs } = info
    return { baseOffset, lastOffset, logAppendTimeMs, logStartOffset, duplicate: false }
  }

  #assignEpochs(records: Uint8Array): void {
    for (let at = 0, size; (size = batchSizeAt(records, at)) > 0; at += size) {
      const batch = new BatchView(records, at)
      this.#epochs.assign(batch.partitionLeaderEpoch, batch.baseOffset)
    }
  }

  #takeInProducers(appends: readonly ProducerAppend[]): void {
    for (const append of appends) {
      this.#producers.update(append)
      for (const completed of append.completed) {
        const lastStableOffset = this.#producers.lastStableOffsetAfter(completed)
        if (completed.isAborted) {
          const { transactionIndex } = this.#local.segments.active
          transactionIndex.append({ ...completed, lastStableOffset })
        }
        this.#producers.completeTransaction(completed)
      }
    }
  }
}

const fromLeader: AppendOptions = { origin: AppendOrigin.Replication }

function lastOffsetOf(records: Uint8Array): number {
  let last = 0
  for (let at = 0, size; (size = batchSizeAt(records, at)) > 0; at += size) last = at
  return new BatchView(records, last).lastOffset
}

function duplicateInfo(duplicate: BatchMetadata, logStartOffset: number): AppendInfo {
  return {
    baseOffset: duplicate.lastOffset - duplicate.offsetDelta,
    lastOffset: duplicate.lastOffset,
    logAppendTimeMs: duplicate.timestamp,
    logStartOffset,
    duplicate: true,
  }
}
