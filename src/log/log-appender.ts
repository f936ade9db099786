import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'
import { AppendOrigin, type ValidatedRecords } from '../record/validation-rules.ts'
import { validateRecords } from '../record/batch-validator.ts'
import { AppendError } from './append-error.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import type { LocalLog } from './local-log.ts'
import { checkProducers, stampBatches, validationRules } from './prepare-append.ts'
import type { LogEnvironment } from './log-environment.ts'
import type { LogDurability } from './log-durability.ts'
import type { LogOffsets } from './log-offsets.ts'
import type { AppendInfo, AppendOptions } from './log-types.ts'
import type { ProducerAppend } from './producer/producer-append.ts'
import type { BatchMetadata } from './producer/producer-entry.ts'
import type { ProducerState } from './producer/producer-state.ts'
import type { StorageGuard } from './storage-guard.ts'

/**
 * Appends batches to a log: validates them, checks their producers, rolls, writes, and updates
 * leader epochs and transactions.
 */
export class LogAppender {
  readonly #environment: LogEnvironment
  readonly #guard: StorageGuard
  readonly #local: LocalLog
  readonly #epochs: LeaderEpochs
  readonly #producers: ProducerState
  readonly #offsets: LogOffsets
  readonly #durability: LogDurability

  constructor(
    environment: LogEnvironment,
    guard: StorageGuard,
    local: LocalLog,
    epochs: LeaderEpochs,
    producers: ProducerState,
    offsets: LogOffsets,
    durability: LogDurability,
  ) {
    this.#environment = environment
    this.#guard = guard
    this.#local = local
    this.#epochs = epochs
    this.#producers = producers
    this.#offsets = offsets
    this.#durability = durability
  }

  /** See `Log.appendAsLeader`. */
  appendAsLeader(
    records: Uint8Array,
    leaderEpoch: number,
    options: AppendOptions,
  ): AppendInfo | AppendError {
    if (!this.#guard.isOpen) return storageError
    const local = this.#local
    const rules = validationRules(local.config, local.name, this.#environment.clock.now(), options)
    const validated = validateRecords(records, rules)
    if (validated instanceof ApiError) {
      return AppendError.ofRejected(validated, this.#offsets.logStartOffset)
    }
    const baseOffset = local.logEndOffset
    const nextOffset = stampBatches(validated, baseOffset, leaderEpoch)
    return this.#append(validated, baseOffset, nextOffset - 1, rules.origin, options)
  }

  /** See `Log.appendAsFollower`. */
  appendAsFollower(records: Uint8Array): AppendInfo | AppendError {
    if (!this.#guard.isOpen) return storageError
    const local = this.#local
    const rules = validationRules(
      local.config,
      local.name,
      this.#environment.clock.now(),
      fromLeader,
    )
    const validated = validateRecords(records, rules)
    if (validated instanceof ApiError) {
      return AppendError.ofRejected(validated, this.#offsets.logStartOffset)
    }
    let nextOffset = local.logEndOffset
    for (const batch of validated.batches) {
      if (batch.baseOffset < nextOffset) {
        throw new Error(`${local.name}: offset ${batch.baseOffset} is below ${nextOffset}`)
      }
      nextOffset = batch.nextOffset
    }
    const baseOffset = validated.batches[0]?.baseOffset ?? nextOffset
    return this.#append(validated, baseOffset, nextOffset - 1, rules.origin, fromLeader)
  }

  /**
   * In Kafka's order: a new leader epoch and a new segment remain even if the batches are refused.
   */
  #append(
    validated: ValidatedRecords,
    baseOffset: number,
    lastOffset: number,
    origin: AppendOrigin,
    options: AppendOptions,
  ): AppendInfo | AppendError {
    const { records, batches, logAppendTimeMs } = validated
    const local = this.#local
    const { logStartOffset } = this.#offsets
    if (batches.length === 0) return nothingAppended(logStartOffset)
    try {
      for (const batch of batches) this.#epochs.assign(batch.partitionLeaderEpoch, batch.baseOffset)
      if (records.length > local.config.segmentBytes) {
        return new AppendError(ErrorCode.RecordListTooLarge, -1)
      }
      this.#maybeRoll(validated, baseOffset, lastOffset)
      const check = checkProducers(this.#producers, batches, origin, options)
      if (check instanceof ApiError) return new AppendError(check.errorCode, logStartOffset)
      if ('duplicate' in check) return duplicateInfo(check.duplicate, logStartOffset)
      if (local.isBelowCheckpoint && !this.#lowerCheckpoint()) return storageError
      this.#makeDirectory()
      local.append(records, batches)
      this.#producers.setMapEndOffset(local.logEndOffset)
      this.#takeInProducers(check.appends)
      this.#offsets.onProducersUpdated()
      const unflushed = local.logEndOffset - local.recoveryPoint
      if (unflushed >= local.config.flushMessages) this.#durability.flushTo(local.logEndOffset)
    } catch (error) {
      if (error instanceof CorruptRecordError) {
        return new AppendError(error.errorCode, logStartOffset)
      }
      this.#guard.fail('append to', error)
      return storageError
    }
    return { baseOffset, lastOffset, logAppendTimeMs, logStartOffset, duplicate: false }
  }

  #maybeRoll(
    { records, maxTimestamp }: ValidatedRecords,
    baseOffset: number,
    lastOffset: number,
  ): void {
    const { segments, config } = this.#local
    const upcoming = { sizeInBytes: records.length, maxTimestamp, lastOffset }
    if (!segments.active.shouldRoll(config, upcoming)) return
    this.#makeDirectory()
    this.#durability.roll(baseOffset)
  }

  /** Writes the recovery point of a log that lost its end. Returns false if the disk fails. */
  #lowerCheckpoint(): boolean {
    this.#environment.onAppendBelowCheckpoint()
    if (!this.#guard.isOpen) return false
    this.#local.isBelowCheckpoint = false
    return true
  }

  #makeDirectory(): void {
    if (this.#local.makeDirectory()) this.#epochs.writeIfAny()
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

const storageError = new AppendError(ErrorCode.KafkaStorageError, -1)

const fromLeader: AppendOptions = { origin: AppendOrigin.Replication }

/** Kafka's answer for records without a whole batch. */
function nothingAppended(logStartOffset: number): AppendInfo {
  return { baseOffset: -1, lastOffset: -1, logAppendTimeMs: -1, logStartOffset, duplicate: false }
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
