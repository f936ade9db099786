import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { Outcome } from '../runtime/outcome.ts'
import type { TopicPartition } from './partition-set.ts'
import type { ProducerIdAndEpoch } from './transaction-metadata.ts'
import type { TransactionContext } from './transaction-context.ts'
import { TransactionState } from './transaction-state.ts'
import { addPartitions } from './transitions.ts'

/** Partitions that a producer writes to in its transaction. */
export interface AddedPartitions extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly partitions: readonly TopicPartition[]
  /** The version of transactions that the request belongs to: 2 with KIP-890, otherwise 0. */
  readonly clientTransactionVersion: number
}

/** Adds partitions to the transaction of a producer. The first ones begin it. */
export function addPartitionsToTransaction(
  context: TransactionContext,
  added: AddedPartitions,
): Outcome<undefined> {
  const { transactionalId, partitions, clientTransactionVersion } = added
  const transaction = context.transactions.get(transactionalId)
  if (transaction === undefined) return ApiError.of(ErrorCode.InvalidProducerIdMapping)
  const { metadata } = transaction
  if (transaction.isPending) return ApiError.of(ErrorCode.ConcurrentTransactions)
  if (metadata.producerId !== added.producerId) {
    return ApiError.of(ErrorCode.InvalidProducerIdMapping)
  }
  if (metadata.producerEpoch !== added.producerEpoch) return ApiError.of(ErrorCode.ProducerFenced)
  if (metadata.state === TransactionState.Ongoing && metadata.partitions.hasAll(partitions)) {
    return undefined
  }
  const nowMs = context.environment.clock.now()
  const next = addPartitions(metadata, partitions, clientTransactionVersion, nowMs)
  return context.write(transactionalId, next, () => undefined)
}
