import { ApiError } from '../../protocol/api-error.ts'
import type { Outcome } from '../runtime/outcome.ts'
import { writeEnd } from './end-transaction.ts'
import { NEEDS_PRODUCER_ID } from './producer-ids.ts'
import { bumpsEpoch, isEpochExhausted, NO_PRODUCER_ID } from './transaction-metadata.ts'
import type { ProducerIdAndEpoch } from './transaction-metadata.ts'
import type { TransactionContext } from './transaction-context.ts'
import { fenceEpoch } from './transitions.ts'
import type { Transaction } from './transaction.ts'

/**
 * Aborts an open transaction with a new epoch, which fences its producer (Kafka's
 * `PrepareEpochFence`).
 *
 * @param newProducerId an id to use if the epochs are exhausted
 */
export function abortAndFence(
  context: TransactionContext,
  transaction: Transaction,
  newProducerId: number | undefined,
): Outcome<ProducerIdAndEpoch> | typeof NEEDS_PRODUCER_ID {
  const { transactionalId, metadata, hasFailedFence } = transaction
  const version = context.environment.transactionVersion()
  if (!bumpsEpoch(version)) {
    const fenced = hasFailedFence ? metadata : fenceEpoch(metadata)
    const ended = writeEnd(context, transactionalId, fenced, {
      isCommitted: false,
      clientTransactionVersion: 0,
      nextProducerId: NO_PRODUCER_ID,
    })
    if (ended instanceof ApiError) transaction.keepFence(fenced)
    return ended
  }
  const isExhausted = isEpochExhausted(metadata.producerEpoch)
  if (isExhausted && newProducerId === undefined) return NEEDS_PRODUCER_ID
  return writeEnd(context, transactionalId, metadata, {
    isCommitted: false,
    clientTransactionVersion: version,
    nextProducerId: isExhausted ? newProducerId! : NO_PRODUCER_ID,
  })
}
