import type { EndTxn } from '../../protocol/messages/26-end-txn.ts'
import type { Handler } from './handler.ts'

/**
 * EndTxn (26): commits or aborts a transaction (KIP-98).
 *
 *   v2  PRODUCER_FENCED (KIP-588)
 *   v4  TRANSACTION_ABORTABLE (KIP-890)
 *   v5  every end bumps the epoch of the producer, which the response contains (KIP-890)
 */
export const endTxn: Handler<typeof EndTxn> = (request, context) =>
  context.services.transactions.endTxn(request, context)
