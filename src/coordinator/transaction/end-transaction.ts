import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { Outcome } from '../runtime/outcome.ts'
import { completeTransaction } from './complete-transaction.ts'
import { NEEDS_PRODUCER_ID } from './producer-ids.ts'
import {
  bumpsEpoch,
  isEpochExhausted,
  MAX_PRODUCER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
} from './transaction-metadata.ts'
import type { ProducerIdAndEpoch, TransactionMetadata } from './transaction-metadata.ts'
import type { TransactionContext } from './transaction-context.ts'
import { TransactionState } from './transaction-state.ts'
import { prepareEnd } from './transitions.ts'
import type { TransactionEnd } from './transitions.ts'
import type { Transaction } from './transaction.ts'

/** The end of a transaction, as its producer wants it. */
export interface RequestedEnd extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly isCommitted: boolean
  /** The version of transactions that the producer uses: 2 with KIP-890, otherwise 0. */
  readonly clientTransactionVersion: number
}

/** The transaction has already ended in this way: the producer did not get the response. */
const ALREADY_ENDED = 'already ended'
/** The transaction can end now. */
const MAY_END = 'may end'

/**
 * Commits or aborts a transaction. Returns the producer id and epoch for the next transaction,
 * which are new with transactions v2 only.
 *
 * @param newProducerId an id to use if the producer needs a new one
 */
export function endTransaction(
  context: TransactionContext,
  requested: RequestedEnd,
  newProducerId: number | undefined,
): Outcome<ProducerIdAndEpoch> | typeof NEEDS_PRODUCER_ID {
  const { transactionalId, isCommitted, clientTransactionVersion } = requested
  const transaction = context.transactions.get(transactionalId)
  if (transaction === undefined) return ApiError.of(ErrorCode.InvalidProducerIdMapping)
  const isV2 = bumpsEpoch(clientTransactionVersion)
  const verdict = isV2 ? verdictOfV2(transaction, requested) : verdictOfV1(transaction, requested)
  const { metadata } = transaction
  if (verdict instanceof ApiError) return verdict
  if (verdict === ALREADY_ENDED) return isV2 ? metadata : noProducer
  const needsId = isV2 && isEpochExhausted(metadata.producerEpoch)
  if (needsId && newProducerId === undefined) return NEEDS_PRODUCER_ID
  const nextProducerId = needsId ? newProducerId! : NO_PRODUCER_ID
  const end = { isCommitted, clientTransactionVersion, nextProducerId }
  const ended = writeEnd(context, transactionalId, metadata, end)
  if (isV2 || ended instanceof ApiError) return ended
  return ended instanceof Promise ? ended.then(withoutProducer) : noProducer
}

/**
 * Stores the end of a transaction, and then writes its markers. The response waits for the first
 * only.
 */
export function writeEnd(
  context: TransactionContext,
  transactionalId: string,
  metadata: TransactionMetadata,
  end: TransactionEnd,
): Outcome<ProducerIdAndEpoch> {
  const prepared = prepareEnd(metadata, end, context.environment.clock.now())
  return context.write(transactionalId, prepared, (transaction) =>
    completeTransaction(context, transaction),
  )
}

/** The producer keeps its epoch: a retry is an end in a state that is already reached. */
function verdictOfV1(
  { metadata, isPending }: Transaction,
  { producerId, producerEpoch, isCommitted }: RequestedEnd,
): ApiError | typeof ALREADY_ENDED | typeof MAY_END {
  if (metadata.producerId !== producerId) return ApiError.of(ErrorCode.InvalidProducerIdMapping)
  if (metadata.producerEpoch !== producerEpoch) return ApiError.of(ErrorCode.ProducerFenced)
  if (isPending) return ApiError.of(ErrorCode.ConcurrentTransactions)
  if (metadata.state === TransactionState.Ongoing) return MAY_END
  const completed = isCommitted ? TransactionState.CompleteCommit : TransactionState.CompleteAbort
  return metadata.state === completed ? ALREADY_ENDED : ApiError.of(ErrorCode.InvalidTxnState)
}

/**
 * Every end bumps the epoch (KIP-890): a retry has the epoch before the last bump. A transaction
 * without partitions can be aborted.
 */
function verdictOfV2(
  { metadata, isPending }: Transaction,
  { producerId, producerEpoch, isCommitted }: RequestedEnd,
): ApiError | typeof ALREADY_ENDED | typeof MAY_END {
  const { state } = metadata
  const isOverflowRetry =
    metadata.previousProducerId === producerId &&
    producerEpoch === MAX_PRODUCER_EPOCH - 1 &&
    metadata.producerEpoch === 0
  if (isPending) return ApiError.of(ErrorCode.ConcurrentTransactions)
  if (metadata.producerId !== producerId && !isOverflowRetry) {
    return ApiError.of(ErrorCode.InvalidProducerIdMapping)
  }
  const mayBeRetry =
    state === TransactionState.CompleteCommit || state === TransactionState.CompleteAbort
  const isRetry = isOverflowRetry || metadata.producerEpoch === producerEpoch + 1
  if (metadata.producerEpoch !== producerEpoch && !(mayBeRetry && isRetry)) {
    return ApiError.of(ErrorCode.ProducerFenced)
  }
  if (state === TransactionState.Ongoing) return MAY_END
  if (!isRetry) return isCommitted ? ApiError.of(ErrorCode.InvalidTxnState) : MAY_END
  const completed = isCommitted ? TransactionState.CompleteCommit : TransactionState.CompleteAbort
  return state === completed ? ALREADY_ENDED : ApiError.of(ErrorCode.InvalidTxnState)
}

const noProducer: ProducerIdAndEpoch = {
  producerId: NO_PRODUCER_ID,
  producerEpoch: NO_PRODUCER_EPOCH,
}

function withoutProducer(ended: ProducerIdAndEpoch | ApiError): ProducerIdAndEpoch | ApiError {
  return ended instanceof ApiError ? ended : noProducer
}
