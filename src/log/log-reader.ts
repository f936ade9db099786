import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'
import type { LocalLog } from './local-log.ts'
import type { LogEnvironment } from './log-environment.ts'
import { findMaxTimestamp, findTimestamp } from './log-lookup.ts'
import type { LogOffsets } from './log-offsets.ts'
import { collectAborted, emptyRead, readSegments } from './log-read.ts'
import type { ReadInfo, ReadIsolation, TimestampAndOffset } from './log-types.ts'
import type { Allocate } from './segment/segment-reader.ts'
import type { StorageGuard } from './storage-guard.ts'

/** The way of batches out of a log: which offsets may be read, and what is answered where that fails. */
export class LogReader {
  readonly #environment: LogEnvironment
  readonly #guard: StorageGuard
  readonly #local: LocalLog
  readonly #offsets: LogOffsets

  constructor(
    environment: LogEnvironment,
    guard: StorageGuard,
    local: LocalLog,
    offsets: LogOffsets,
  ) {
    this.#environment = environment
    this.#guard = guard
    this.#local = local
    this.#offsets = offsets
  }

  /** See `Log.read`. */
  read(
    startOffset: number,
    maxBytes: number,
    isolation: ReadIsolation,
    minOneMessage: boolean,
    allocate: Allocate,
  ): ReadInfo | ApiError {
    if (!this.#guard.isOpen) return ApiError.of(ErrorCode.KafkaStorageError)
    const { segments, logEndOffset } = this.#local
    if (startOffset < this.#offsets.logStartOffset || startOffset > logEndOffset) {
      return ApiError.of(ErrorCode.OffsetOutOfRange)
    }
    const isCommitted = isolation === 'lastStableOffset'
    const limit = this.#offsets.limitOf(isolation)
    if (startOffset >= limit) return emptyRead(isCommitted)
    try {
      const read = readSegments(segments, startOffset, limit, maxBytes, minOneMessage, allocate)
      if (read === undefined || read.sizeInBytes === 0) return emptyRead(isCommitted)
      const { upperBoundOffset, ...batches } = read
      const abortedTransactions = isCommitted
        ? collectAborted(segments, startOffset, upperBoundOffset)
        : null
      return { ...batches, abortedTransactions }
    } catch (error) {
      return this.#onFailed(startOffset, error)
    }
  }

  /** See `Log.offsetForTimestamp`. */
  offsetForTimestamp(timestamp: number, limit: number): TimestampAndOffset | undefined {
    const { segments } = this.#local
    const find = () => findTimestamp(segments, timestamp, this.#offsets.logStartOffset)
    const found = this.#guard.run('read', find, undefined)
    return found !== undefined && found.offset < limit ? found : undefined
  }

  /** See `Log.offsetOfMaxTimestamp`. */
  offsetOfMaxTimestamp(): TimestampAndOffset | undefined {
    return this.#guard.run('read', () => findMaxTimestamp(this.#local.segments), undefined)
  }

  #onFailed(startOffset: number, error: unknown): ApiError {
    if (error instanceof CorruptRecordError) {
      const { name } = this.#local
      this.#environment.onWarning(`cannot read ${name} from ${startOffset} on: ${error.message}`)
      return ApiError.of(ErrorCode.CorruptMessage)
    }
    this.#guard.fail('read', error)
    return ApiError.of(ErrorCode.KafkaStorageError)
  }
}
