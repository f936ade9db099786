import {
  stateName,
  TransactionState as StoredState,
} from '../coordinator/transaction/transaction-state.ts'
import type { TransactionMetadata } from '../coordinator/transaction/transaction-metadata.ts'
import { invariant } from '../platform/invariant.ts'
import type { TransactionDescription, TransactionState } from './transaction.ts'

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
    state: shownState(state),
    producerId,
    producerEpoch,
    partitions: [...partitions.toArray()],
    timeoutMs,
    startTimeMs,
    ageMs: startTimeMs === undefined ? undefined : nowMs - startTimeMs,
    lastUpdateTimeMs: metadata.lastUpdateTimestampMs,
    coordinatorId,
  }
}

/** Returns the name of a state that a stored transaction can have. */
export function shownState(state: StoredState): TransactionState {
  const name = stateName(state)
  invariant(name !== 'PrepareEpochFence', 'PrepareEpochFence is never stored')
  return name
}

/** Whether a transaction is open or being ended. */
function isOpen(state: StoredState): boolean {
  return (
    state === StoredState.Ongoing ||
    state === StoredState.PrepareCommit ||
    state === StoredState.PrepareAbort
  )
}
