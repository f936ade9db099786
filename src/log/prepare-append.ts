import type { ApiError } from '../protocol/api-error.ts'
import type { BatchView } from '../record/batch-view.ts'
import {
  AppendOrigin,
  type ValidatedRecords,
  type ValidationRules,
} from '../record/validation-rules.ts'
import type { LogConfig } from './log-config.ts'
import type { AppendOptions } from './log-types.ts'
import type { ProducerAppend } from './producer/producer-append.ts'
import type { BatchMetadata } from './producer/producer-entry.ts'
import type { ProducerState } from './producer/producer-state.ts'

/** Returns the rules of validation from the topic's configuration and the request. */
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

/**
 * Sets offsets and leader epoch of every batch in place. Returns the offset after the last record.
 */
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

/** The effect of an append on the producers, or the batch that it repeats. */
export type ProducerCheck =
  | { readonly appends: readonly ProducerAppend[] }
  | { readonly duplicate: BatchMetadata }

const noProducers: ProducerCheck = { appends: [] }

/**
 * Checks epochs, sequences and transactions of the batches. Changes no producer; as in Kafka, the
 * guard of an accepted transactional batch is dropped even if a later batch is refused.
 */
export function checkProducers(
  producers: ProducerState,
  batches: readonly BatchView[],
  origin: AppendOrigin,
  { verificationGuard, transactionVersion }: AppendOptions,
): ProducerCheck | ApiError {
  let appends: ProducerAppend[] | undefined
  for (const batch of batches) {
    if (!batch.hasProducerId) continue
    if (origin === AppendOrigin.Client) {
      const duplicate = producers.findDuplicate(batch)
      if (duplicate !== undefined) return { duplicate }
    }
    const { producerId, isTransactional } = batch
    if (isTransactional && origin !== AppendOrigin.Replication) {
      const error = producers.checkVerified(batch, verificationGuard)
      if (error !== undefined) return error
    }
    appends ??= []
    let append = appends.find(({ entry }) => entry.producerId === producerId)
    if (append === undefined) {
      append = producers.prepare(producerId, origin)
      appends.push(append)
    }
    const error = append.add(batch, transactionVersion)
    if (error !== undefined) return error
    if (isTransactional) producers.endVerification(producerId)
  }
  return appends === undefined ? noProducers : { appends }
}
