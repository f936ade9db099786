import { ErrorCode } from '../protocol/error-code.ts'
import type { BatchView } from '../record/batch-view.ts'
import {
  AppendOrigin,
  type RecordsRejected,
  type ValidatedRecords,
  type ValidationRules,
} from '../record/validation.ts'
import type { LogConfig } from './log-config.ts'
import type { AppendError, AppendOptions } from './log-types.ts'
import type { ProducerAppend } from './producer/producer-append.ts'
import type { BatchMetadata } from './producer/producer-entry.ts'
import type { ProducerState } from './producer/producer-state.ts'

/** What the topic's configuration and the request say about which records are taken. */
export function validationRules(
  config: LogConfig,
  topicPartition: string,
  nowMs: number,
  options: AppendOptions,
): ValidationRules {
  const rules: ValidationRules = {
    origin: options.origin ?? AppendOrigin.Client,
    topicPartition,
    compressionType: config.compressionType,
    levels: { gzip: config.gzipLevel, lz4: config.lz4Level, zstd: config.zstdLevel },
    maxMessageBytes: config.maxMessageBytes,
    maxDecompressedMessageBytes: config.maxDecompressedMessageBytes,
    timestampType: config.timestampType,
    timestampBeforeMaxMs: config.timestampBeforeMaxMs,
    timestampAfterMaxMs: config.timestampAfterMaxMs,
    isCompacted: config.cleanupPolicy.compact,
    nowMs,
  }
  if (options.produceVersion !== undefined) rules.produceVersion = options.produceVersion
  return rules
}

/** Gives every batch its offsets and the leader's epoch, in place. Returns the offset after the last record. */
export function stampBatches(
  { batches }: ValidatedRecords,
  firstOffset: number,
  leaderEpoch: number,
): number {
  let offset = firstOffset
  for (const batch of batches) {
    batch.stampBaseOffset(offset)
    batch.stampLeaderEpoch(leaderEpoch)
    offset += batch.lastOffsetDelta + 1
  }
  return offset
}

/** What an append does to the producers, or why it must not be, or the batch that it repeats. */
export type ProducerCheck =
  | { readonly appends: readonly ProducerAppend[] }
  | { readonly duplicate: BatchMetadata }
  | { readonly errorCode: ErrorCode }

const noProducers: ProducerCheck = { appends: [] }

/** Checks epochs, sequences and transactions of the batches; nothing has changed yet. */
export function checkProducers(
  producers: ProducerState,
  batches: readonly BatchView[],
  origin: AppendOrigin,
): ProducerCheck {
  let appends: ProducerAppend[] | undefined
  for (const batch of batches) {
    if (!batch.hasProducerId) continue
    if (origin === AppendOrigin.Client) {
      const duplicate = producers.findDuplicate(batch)
      if (duplicate !== undefined) return { duplicate }
    }
    const { producerId } = batch
    appends ??= []
    let append = appends.find(({ entry }) => entry.producerId === producerId)
    if (append === undefined) {
      append = producers.prepare(producerId, origin)
      appends.push(append)
    }
    const errorCode = append.add(batch)
    if (errorCode !== ErrorCode.None) return { errorCode }
  }
  return appends === undefined ? noProducers : { appends }
}

/** An error of the append as a whole, to which Kafka adds no words. */
export function appendError(errorCode: ErrorCode, logStartOffset: number): AppendError {
  return { errorCode, errorMessage: null, recordErrors: [], logStartOffset }
}

/** What the validator refused; some of its errors tell the log start offset. */
export function rejection(rejected: RecordsRejected, logStartOffset: number): AppendError {
  const { errorCode, errorMessage, recordErrors, namesLogStartOffset } = rejected
  const toldOffset = namesLogStartOffset ? logStartOffset : -1
  return { errorCode, errorMessage, recordErrors, logStartOffset: toldOffset }
}
