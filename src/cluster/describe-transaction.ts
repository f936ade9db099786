import { stateName, TransactionState } from '../coordinator/transaction/transaction-state.ts'
import type { TransactionMetadata } from '../coordinator/transaction/transaction-metadata.ts'
import type { TransactionDescription } from './transaction.ts'

/** The coordinator of a transactional id, and the time. */
export interface DescribedBy {
  readonly coordinatorId: number
  readonly nowMs: number
}

/** Returns what the coordinator knows about a transactional id, for users of the cluster. */
export function describeTransaction(
  transactionalId: string,
  metadata: TransactionMetadata,
  { coordinatorId, nowMs }: DescribedBy,
): TransactionDescription {
  const { state, producerId, producerEpoch, partitions, timeoutMs } = metadata
  const startTimeMs = isOpen(state) ? metadata.startTimestampMs : undefined
  return {
    transactionalId,
    state: stateName(state),
    producerId,
    producerEpoch,
    partitions: [...partitions],
    timeoutMs,
    startTimeMs,
    ageMs: startTimeMs === undefined ? undefined : nowMs - startTimeMs,
    lastUpdateTimeMs: metadata.lastUpdateTimestampMs,
    coordinatorId,
  }
}

/** Whether a transaction is open or being ended. */
function isOpen(state: TransactionState): boolean {
  return (
    state === TransactionState.Ongoing ||
    state === TransactionState.PrepareCommit ||
    state === TransactionState.PrepareAbort
  )
}
