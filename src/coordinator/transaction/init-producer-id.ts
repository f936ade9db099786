import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { InitProducerId } from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { Outcome } from '../runtime/outcome.ts'
import { abortAndFence } from './abort-and-fence.ts'
import { NEEDS_PRODUCER_ID } from './producer-ids.ts'
import type { TransactionConfig } from './transaction-config.ts'
import {
  isEpochExhausted,
  newTransaction,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  storedTimeoutMs,
} from './transaction-metadata.ts'
import type { ProducerIdAndEpoch, TransactionMetadata } from './transaction-metadata.ts'
import type { TransactionContext } from './transaction-context.ts'
import { TransactionState } from './transaction-state.ts'
import { incrementEpoch, rotateProducerId } from './transitions.ts'

/**
 * Returns what a request asks for, or the error with which it is refused before its transactional
 * id is looked up.
 */
export function initializationOf(
  request: RequestOf<typeof InitProducerId> & { readonly transactionalId: string },
  { maxTimeoutMs, isTwoPhaseCommitEnabled }: TransactionConfig,
): ProducerInitialization | ApiError {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch, enable2Pc } = request
  if (transactionalId === '') return ApiError.of(ErrorCode.InvalidRequest)
  if (enable2Pc && !isTwoPhaseCommitEnabled) {
    return ApiError.of(ErrorCode.TransactionalIdAuthorizationFailed)
  }
  // As Kafka 4.4, which does not implement it yet (KIP-939).
  if (request.keepPreparedTxn) return ApiError.of(ErrorCode.UnsupportedVersion)
  const isValidTimeout = transactionTimeoutMs > 0 && transactionTimeoutMs <= maxTimeoutMs
  if (!enable2Pc && !isValidTimeout) return ApiError.of(ErrorCode.InvalidTransactionTimeout)
  return {
    transactionalId,
    timeoutMs: storedTimeoutMs(transactionTimeoutMs, enable2Pc),
    expected: producerId === NO_PRODUCER_ID ? undefined : { producerId, producerEpoch },
  }
}

/** Returns the response with an error. */
export function refuseInitialization(errorCode: ErrorCode): ResponseBody<typeof InitProducerId> {
  return { errorCode, producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH }
}

/** A producer that starts, or continues after an error. */
export interface ProducerInitialization {
  readonly transactionalId: string
  readonly timeoutMs: number
  /** The producer id and epoch of a producer that continues (KIP-360). */
  readonly expected: ProducerIdAndEpoch | undefined
}

/**
 * Returns the producer id and epoch of a transactional id. Fences all earlier producers. An open
 * transaction is aborted first: the producer gets CONCURRENT_TRANSACTIONS, and asks again.
 *
 * @param newProducerId an id to use if the producer needs a new one
 */
export function initProducerId(
  context: TransactionContext,
  initialization: ProducerInitialization,
  newProducerId: number | undefined,
): Outcome<ProducerIdAndEpoch> | typeof NEEDS_PRODUCER_ID {
  const { transactionalId, timeoutMs, expected } = initialization
  const transaction = context.transactions.get(transactionalId)
  if (transaction === undefined) {
    if (newProducerId === undefined) return NEEDS_PRODUCER_ID
    const created = newTransaction(newProducerId, timeoutMs, context.environment.clock.now())
    return initialize(context, initialization, created, newProducerId)
  }
  const { metadata } = transaction
  if (transaction.isPending) return concurrentTransactions
  if (expected !== undefined && !isCurrentProducer(metadata, expected)) {
    return ApiError.of(ErrorCode.ProducerFenced)
  }
  if (metadata.state !== TransactionState.Ongoing) {
    return initialize(context, initialization, metadata, newProducerId)
  }
  const aborted = abortAndFence(context, transaction, newProducerId)
  if (aborted === NEEDS_PRODUCER_ID || aborted instanceof ApiError) return aborted
  return aborted instanceof Promise ? aborted.then(toConcurrent) : concurrentTransactions
}

function initialize(
  context: TransactionContext,
  { transactionalId, timeoutMs, expected }: ProducerInitialization,
  metadata: TransactionMetadata,
  newProducerId: number | undefined,
): Outcome<ProducerIdAndEpoch> | typeof NEEDS_PRODUCER_ID {
  const nowMs = context.environment.clock.now()
  const { producerEpoch } = metadata
  const isExpectedEpoch = expected === undefined || expected.producerEpoch === producerEpoch
  let next: TransactionMetadata | ApiError
  if (isEpochExhausted(producerEpoch) && isExpectedEpoch) {
    if (newProducerId === undefined) return NEEDS_PRODUCER_ID
    next = rotateProducerId(metadata, newProducerId, expected !== undefined, timeoutMs, nowMs)
  } else {
    next = incrementEpoch(metadata, expected?.producerEpoch, timeoutMs, nowMs)
  }
  if (next instanceof ApiError) return next
  const initialized = { producerId: next.producerId, producerEpoch: next.producerEpoch }
  return context.write(transactionalId, next, () => initialized)
}

/**
 * Whether the producer that sent its id and epoch may be the current one. The epoch is compared
 * later. The previous id is accepted if its epochs are exhausted: the producer may not have
 * received the response with the new id.
 */
function isCurrentProducer(
  { producerId, producerEpoch, previousProducerId }: TransactionMetadata,
  expected: ProducerIdAndEpoch,
): boolean {
  return (
    producerEpoch === NO_PRODUCER_EPOCH ||
    expected.producerId === producerId ||
    (expected.producerId === previousProducerId && isEpochExhausted(expected.producerEpoch))
  )
}

const concurrentTransactions = ApiError.of(ErrorCode.ConcurrentTransactions)

function toConcurrent(aborted: unknown): ApiError {
  return aborted instanceof ApiError ? aborted : concurrentTransactions
}
