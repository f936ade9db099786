import type { ListTransactions } from '../../protocol/messages/66-list-transactions.ts'
import type { Handler } from './handler.ts'

/**
 * ListTransactions (66): returns the transactional ids of this coordinator (KIP-664).
 *
 *   v1  by duration (KIP-994)
 *   v2  by a pattern of their ids (KIP-1152)
 */
export const listTransactions: Handler<typeof ListTransactions> = (request, { services }) =>
  services.transactions.listTransactions(request)
