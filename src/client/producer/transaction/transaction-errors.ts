import { ErrorCode } from '../../../protocol/error-code.ts'
import { BrokerError, ClientError, isBrokerError } from '../../client-error.ts'

/** The consequence of an error for a transactional producer. */
export type ErrorEffect =
  /** The transaction can only be aborted. */
  | 'abortable'
  /** The producer can only be closed. */
  | 'fatal'
  /** As `fatal`, because another producer with the same transactional id has replaced this one. */
  | 'fenced'
  /** The producer has no id; it may request one again. */
  | 'uninitialized'

/** The requests of a transactional producer. */
export type TransactionalRequest =
  | 'AddOffsetsToTxn'
  | 'AddPartitionsToTxn'
  | 'EndTxn'
  | 'InitProducerId'
  | 'Produce'
  | 'TxnOffsetCommit'

/**
 * Returns the consequence of an error that cannot be retried. Follows the response handlers of
 * Kafka's `TransactionManager`.
 */
export function effectOf(request: TransactionalRequest, error: unknown): ErrorEffect {
  if (!(error instanceof BrokerError)) {
    // A record that was not acknowledged in time, or was too large, fails only its transaction.
    const isFatal = request !== 'Produce' || (error as ClientError).code === 'UNSUPPORTED_VERSION'
    return isFatal ? 'fatal' : 'abortable'
  }
  const { errorCode } = error
  if (errorCode === ErrorCode.ProducerFenced) return 'fenced'
  // A leader may know a newer epoch because the coordinator has aborted the transaction. Whether
  // the producer is fenced is known when it aborts (KIP-588).
  if (errorCode === ErrorCode.InvalidProducerEpoch)
    return request === 'Produce' ? 'abortable' : 'fenced'
  switch (request) {
    case 'InitProducerId':
      return uninitializing.has(errorCode) ? 'uninitialized' : 'fatal'
    case 'AddPartitionsToTxn':
      return fatalForPartitions.has(errorCode) ? 'fatal' : 'abortable'
    case 'Produce':
      return fatalForRecords.has(errorCode) ? 'fatal' : 'abortable'
    case 'AddOffsetsToTxn':
    case 'TxnOffsetCommit':
      return abortableForOffsets.has(errorCode) ? 'abortable' : 'fatal'
    case 'EndTxn':
      return abortableForEnd.has(errorCode) ? 'abortable' : 'fatal'
  }
}

const uninitializing: ReadonlySet<number> = new Set([
  ErrorCode.TransactionalIdAuthorizationFailed,
  ErrorCode.ClusterAuthorizationFailed,
  ErrorCode.TransactionAbortable,
])

const fatalForPartitions: ReadonlySet<number> = new Set([
  ErrorCode.TransactionalIdAuthorizationFailed,
  ErrorCode.InvalidTxnState,
  ErrorCode.InvalidProducerIdMapping,
])

const fatalForRecords: ReadonlySet<number> = new Set([
  ErrorCode.TransactionalIdAuthorizationFailed,
  ErrorCode.ClusterAuthorizationFailed,
  ErrorCode.UnsupportedVersion,
  ErrorCode.InvalidProducerIdMapping,
])

const abortableForOffsets: ReadonlySet<number> = new Set([
  ErrorCode.GroupAuthorizationFailed,
  ErrorCode.FencedInstanceId,
  ErrorCode.UnknownMemberId,
  ErrorCode.IllegalGeneration,
  ErrorCode.TransactionAbortable,
  ErrorCode.UnknownProducerId,
])

const abortableForEnd: ReadonlySet<number> = new Set([
  ErrorCode.TransactionAbortable,
  ErrorCode.UnknownProducerId,
])

/** Returns the error of a transaction that can only be aborted. */
export function abortableError(cause: Error): ClientError {
  return new ClientError('TRANSACTION_ABORTABLE', `the transaction has failed: ${cause.message}`, {
    cause,
    advice: 'Call abortTransaction. Then do the same work again in a new transaction.',
  })
}

/** Returns the error of a producer that can only be closed. */
export function deadError(
  transactionalId: string,
  effect: 'fatal' | 'fenced',
  cause: Error,
): ClientError {
  const producer = `the producer with transactional id ${transactionalId}`
  if (effect === 'fenced')
    return new ClientError('PRODUCER_FENCED', `${producer} was fenced: ${cause.message}`, {
      cause,
      advice:
        'Another producer uses the same transactional id, or the transaction took longer than transactionTimeoutMs. Close this producer; if no other has replaced it, create a new one.',
    })
  return new ClientError('PRODUCER_FAILED', `${producer} cannot continue: ${cause.message}`, {
    cause,
    advice: adviceAfter(cause),
  })
}

/** Says what to do when a producer can only be closed. */
function adviceAfter(cause: Error): string {
  if (isBrokerError(cause, ErrorCode.InvalidTransactionTimeout))
    return 'Set a shorter transaction timeout.'
  const advice = 'Close it, and create a new one.'
  return isBrokerError(cause, ErrorCode.InvalidTxnState)
    ? `The transaction may have taken longer than transactionTimeoutMs. ${advice}`
    : advice
}
