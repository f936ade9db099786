import type { DescribeTransactions } from '../../protocol/messages/65-describe-transactions.ts'
import type { Handler } from './handler.ts'

/** DescribeTransactions (65): returns the state of transactional ids (KIP-664). */
export const describeTransactions: Handler<typeof DescribeTransactions> = (request, { services }) =>
  services.transactions.describeTransactions(request)
