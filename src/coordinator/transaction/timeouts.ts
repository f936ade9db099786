import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { Outcome } from '../runtime/outcome.ts'
import { abortAndFence } from './abort-and-fence.ts'
import { withProducerId } from './producer-ids.ts'
import { deadlineOf } from './transaction-metadata.ts'
import type { ProducerIdAndEpoch } from './transaction-metadata.ts'
import type { TransactionContext } from './transaction-context.ts'
import { TransactionState } from './transaction-state.ts'

/**
 * Aborts the transactions that are open for longer than their timeout (Kafka's
 * `abortTimedOutTransactions`).
 */
export function abortTimedOut(context: TransactionContext): void {
  const nowMs = context.environment.clock.now()
  for (const { transactionalId, metadata, isPending } of context.transactions.values()) {
    const deadlineMs = deadlineOf(metadata)
    if (isPending || deadlineMs === undefined || deadlineMs >= nowMs) continue
    // The next check tries again if this fails.
    void abortByTimeout(context, transactionalId)
  }
}

/** Aborts an open transaction as if its time were over. */
export function abortByTimeout(
  context: TransactionContext,
  transactionalId: string,
): Outcome<ProducerIdAndEpoch> {
  return withProducerId(context.environment.producerIds, (newProducerId) => {
    const transaction = context.transactions.get(transactionalId)
    if (!context.isLoaded) return ApiError.of(ErrorCode.NotCoordinator)
    if (transaction === undefined) return ApiError.of(ErrorCode.TransactionalIdNotFound)
    if (transaction.isPending) return ApiError.of(ErrorCode.ConcurrentTransactions)
    if (transaction.metadata.state !== TransactionState.Ongoing) {
      return ApiError.of(ErrorCode.InvalidTxnState)
    }
    return abortAndFence(context, transaction, newProducerId)
  })
}
