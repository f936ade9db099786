import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'
import type { LocalLog } from './local-log.ts'
import type { LogEnvironment } from './log-environment.ts'
import { findMaxTimestamp, findTimestamp } from './log-lookup.ts'
import type { LogOffsets } from './log-offsets.ts'
import type {
  AbortedTransaction,
  ReadInfo,
  ReadIsolation,
  TimestampAndOffset,
} from './log-types.ts'
import type { Allocate, SegmentRead } from './segment/read-batches.ts'
import type { LogSegments } from './segment/segments.ts'
import type { AbortedTxn } from './index/transaction-index.ts'
import type { StorageGuard } from './storage-guard.ts'

/**
 * Reads batches from a log: checks the limits of the read, and translates failures into error
 * codes.
 */
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
      this.#environment.onWarning(
        `cannot read ${name} from offset ${startOffset}: ${error.message}`,
      )
      return ApiError.of(ErrorCode.CorruptMessage)
    }
    this.#guard.fail('read', error)
    return ApiError.of(ErrorCode.KafkaStorageError)
  }
}

const nothing: ReadInfo = { slices: [], sizeInBytes: 0, abortedTransactions: null }
const nothingCommitted: ReadInfo = { slices: [], sizeInBytes: 0, abortedTransactions: [] }

/** Returns the result of a read without records. */
function emptyRead(isCommitted: boolean): ReadInfo {
  return isCommitted ? nothingCommitted : nothing
}

/**
 * Reads batches below the offset `limit` from the first segment with batches at or after
 * `startOffset`.
 */
function readSegments(
  segments: LogSegments,
  startOffset: number,
  limit: number,
  maxBytes: number,
  minOneMessage: boolean,
  allocate: Allocate,
): SegmentRead | undefined {
  let segment = segments.at(startOffset)
  for (;;) {
    const maxPosition =
      limit >= segment.nextOffset ? segment.sizeInBytes : segment.positionOf(limit)
    const read = segment.read(startOffset, maxBytes, maxPosition, minOneMessage, allocate)
    if (read !== undefined) return read
    const next = segments.after(segment)
    if (next === undefined) return undefined
    segment = next
  }
}

/**
 * Returns the aborted transactions that overlap the records from `startOffset` to
 * `upperBoundOffset`.
 */
function collectAborted(
  segments: LogSegments,
  startOffset: number,
  upperBoundOffset: number,
): readonly AbortedTransaction[] {
  const searched = segments.from(startOffset)
  if (searched.every(({ transactionIndex }) => transactionIndex.entries.length === 0)) return []
  const found: AbortedTxn[] = []
  for (const { transactionIndex } of searched) {
    if (transactionIndex.collect(startOffset, upperBoundOffset, found)) break
  }
  return found.map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
}
