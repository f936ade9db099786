import type { TransactionMetadata } from './transaction-metadata.ts'
import type { TransactionContext } from './transaction-context.ts'
import { isWithoutTransaction } from './transaction-state.ts'

/**
 * Removes the transactional ids that were not used for `transactional.id.expiration.ms` (Kafka's
 * `removeExpiredTransactionalIds`).
 */
export function removeExpired(context: TransactionContext): void {
  const { clock, config } = context.environment
  const nowMs = clock.now()
  const expired: string[] = []
  for (const { transactionalId, metadata, isPending } of context.transactions.values()) {
    const expirationMs = expirationOf(metadata, config.idExpirationMs)
    if (!isPending && expirationMs !== undefined && expirationMs <= nowMs) {
      expired.push(transactionalId)
    }
  }
  if (expired.length > 0) context.remove(expired)
}

/** Returns the time at which a transactional id expires; `undefined` while it has a transaction. */
export function expirationOf(
  { state, lastUpdateTimestampMs }: TransactionMetadata,
  idExpirationMs: number,
): number | undefined {
  return isWithoutTransaction(state) ? lastUpdateTimestampMs + idExpirationMs : undefined
}
