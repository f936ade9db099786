import { ErrorCode } from '../../protocol/error-code.ts'
import { ApiError } from '../../protocol/api-error.ts'
import type { TopicPartition } from './partition-set.ts'
import type { TransactionMetadata } from './transaction-metadata.ts'
import type { TransactionContext } from './transaction-context.ts'
import { TransactionState } from './transaction-state.ts'
import { completeEnd } from './transitions.ts'
import type { Transaction } from './transaction.ts'

/** The delay before another attempt to write the end of a transaction. */
const RETRY_DELAY_MS = 100

/**
 * Called when the end of a transaction is stored: writes its markers, and then that it is complete.
 * Returns the metadata that it will have.
 */
export function completeTransaction(
  context: TransactionContext,
  transaction: Transaction,
): TransactionMetadata {
  const { clock, hooks, turn } = context.environment
  const { transactionalId, metadata } = transaction
  const completed = completeEnd(metadata, clock.now())
  if (metadata.partitions.size === 0) {
    writeCompletion(context, transactionalId, completed)
    return completed
  }
  const send = (): void => {
    if (context.isLoaded) sendMarkers(context, transaction, completed)
  }
  const release = (): void => {
    if (turn === undefined) send()
    else turn.after(send)
  }
  if (hooks?.holdsMarkers(transactionalId, metadata, release) !== true) release()
  return completed
}

function sendMarkers(
  context: TransactionContext,
  transaction: Transaction,
  completed: TransactionMetadata,
): void {
  const { transactionalId, metadata } = transaction
  const onDone = (partitions: readonly TopicPartition[]): void => {
    transaction.removePartitions(partitions)
    if (transaction.metadata.partitions.size > 0) return
    transaction.sending = undefined
    writeCompletion(context, transactionalId, completed)
  }
  const sending = context.environment.markers.send(
    {
      transactionalId,
      producerId: metadata.producerId,
      producerEpoch: metadata.producerEpoch,
      isCommitted: metadata.state === TransactionState.PrepareCommit,
      coordinatorEpoch: context.coordinatorEpoch,
      transactionVersion: metadata.clientTransactionVersion,
      partitions: metadata.partitions.toArray(),
    },
    onDone,
  )
  if (transaction.metadata.partitions.size > 0) transaction.sending = sending
}

/** Without it the transaction would stay prepared, so this is tried again while it may succeed. */
function writeCompletion(
  context: TransactionContext,
  transactionalId: string,
  completed: TransactionMetadata,
): void {
  const outcome = context.write(transactionalId, completed, () => undefined)
  if (!(outcome instanceof ApiError)) return
  if (outcome.errorCode !== ErrorCode.CoordinatorNotAvailable) return
  context.environment.clock.schedule(RETRY_DELAY_MS, () => {
    if (context.isLoaded) writeCompletion(context, transactionalId, completed)
  })
}
