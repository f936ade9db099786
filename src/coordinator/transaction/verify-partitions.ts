import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { TopicPartition } from './partition-set.ts'
import type { ProducerIdAndEpoch } from './transaction-metadata.ts'
import type { TransactionContext } from './transaction-context.ts'
import { isPrepared } from './transaction-state.ts'

/** Partitions that a producer writes to, which must already belong to its transaction. */
export interface VerifiedPartitions extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly partitions: readonly TopicPartition[]
}

/**
 * Returns the error of each partition, in order: TRANSACTION_ABORTABLE if it was not added to the
 * transaction (KIP-890).
 */
export function verifyPartitions(
  context: TransactionContext,
  { transactionalId, producerId, producerEpoch, partitions }: VerifiedPartitions,
): ErrorCode[] | ApiError {
  const transaction = context.transactions.get(transactionalId)
  if (transaction === undefined) return ApiError.of(ErrorCode.InvalidProducerIdMapping)
  const { metadata } = transaction
  if (metadata.producerId !== producerId) return ApiError.of(ErrorCode.InvalidProducerIdMapping)
  if (metadata.producerEpoch !== producerEpoch) return ApiError.of(ErrorCode.ProducerFenced)
  if (isPrepared(metadata.state)) return ApiError.of(ErrorCode.ConcurrentTransactions)
  return partitions.map((partition) =>
    metadata.partitions.has(partition) ? ErrorCode.None : ErrorCode.TransactionAbortable,
  )
}
