import type { AddPartitionsToTxn } from '../../protocol/messages/24-add-partitions-to-txn.ts'
import type { Handler } from './handler.ts'

/**
 * AddPartitionsToTxn (24): adds partitions to a transaction (KIP-98).
 *
 *   v2  PRODUCER_FENCED (KIP-588)
 *   v4  several transactions at once, or only verified; sent by brokers (KIP-890)
 *   v5  TRANSACTION_ABORTABLE (KIP-890)
 */
export const addPartitionsToTxn: Handler<typeof AddPartitionsToTxn> = (request, context) =>
  context.services.transactions.addPartitionsToTxn(request, context)
