import { ApiError } from '../../protocol/api-error.ts'
import type { ListTransactions } from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import { re2Pattern } from '../re2-pattern.ts'
import type { TransactionContext } from './transaction-context.ts'
import { stateName, stateOfName } from './transaction-state.ts'
import type { Transaction } from './transaction.ts'

/** A transactional id in the response to ListTransactions. */
export type ListedTransaction = ResponseBody<typeof ListTransactions>['transactionStates'][number]

/** Which transactions are listed. */
export type TransactionFilter = (transaction: Transaction) => boolean

/** Returns the transactional ids of a partition that pass the filter. */
export function listTransactions(
  context: TransactionContext,
  isListed: TransactionFilter,
): ListedTransaction[] {
  const listed: ListedTransaction[] = []
  for (const transaction of context.transactions.values()) {
    if (!isListed(transaction)) continue
    const { transactionalId, metadata } = transaction
    const { producerId, state } = metadata
    listed.push({ transactionalId, producerId, transactionState: stateName(state) })
  }
  return listed
}

/** Returns the filter of a request, or INVALID_REGULAR_EXPRESSION. */
export function transactionFilter(
  request: RequestOf<typeof ListTransactions>,
  nowMs: number,
): TransactionFilter | ApiError {
  const { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern } = request
  const pattern = transactionalIdPattern ? re2Pattern(transactionalIdPattern) : undefined
  if (pattern instanceof ApiError) return pattern
  const states = new Set(stateFilters.map(stateOfName))
  const producerIds = new Set(producerIdFilters)
  return ({ transactionalId, metadata }) => {
    const { producerId, state, startTimestampMs } = metadata
    if (producerIds.size > 0 && !producerIds.has(producerId)) return false
    if (states.size > 0 && !states.has(state)) return false
    if (durationFilter >= 0 && nowMs - startTimestampMs <= durationFilter) return false
    return pattern === undefined || pattern(transactionalId)
  }
}

/** Returns the state names of a request that are not names of states, each once. */
export function unknownStates({ stateFilters }: RequestOf<typeof ListTransactions>): string[] {
  return [...new Set(stateFilters)].filter((name) => stateOfName(name) === undefined)
}
