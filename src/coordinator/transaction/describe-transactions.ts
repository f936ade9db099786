import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { DescribeTransactions } from '../../protocol/messages/index.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import type { TransactionContext } from './transaction-context.ts'
import { stateName } from './transaction-state.ts'

/** A transactional id in the response to DescribeTransactions. */
export type DescribedTransaction = ResponseBody<
  typeof DescribeTransactions
>['transactionStates'][number]

/** Returns the description of a transactional id, or TRANSACTIONAL_ID_NOT_FOUND. */
export function describeTransaction(
  context: TransactionContext,
  transactionalId: string,
): DescribedTransaction | ApiError {
  const transaction = context.transactions.get(transactionalId)
  if (transaction === undefined) return ApiError.of(ErrorCode.TransactionalIdNotFound)
  const { metadata } = transaction
  return {
    errorCode: ErrorCode.None,
    transactionalId,
    transactionState: stateName(metadata.state),
    transactionTimeoutMs: metadata.timeoutMs,
    transactionStartTimeMs: metadata.startTimestampMs,
    producerId: metadata.producerId,
    producerEpoch: metadata.producerEpoch,
    topics: metadata.partitions
      .topics()
      .map(({ topic, partitions }) => ({ topic, partitions: [...partitions] })),
  }
}

/** Returns the description of a transactional id that cannot be described. */
export function refuseDescription(
  transactionalId: string,
  { errorCode }: ApiError,
): DescribedTransaction {
  return {
    errorCode,
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
    topics: [],
  }
}
