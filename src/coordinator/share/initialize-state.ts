import type { ApiError } from '../../protocol/api-error.ts'
import type { Decision } from '../runtime/coordinator-shard.ts'
import {
  UNINITIALIZED_DELIVERY_COMPLETE_COUNT,
  UNINITIALIZED_START_OFFSET,
} from './share-partition-state.ts'
import { checkExists, checkPartition, checkStateEpoch, fenceState } from './share-state-errors.ts'
import type { SharePartitionKey } from './share-partition-key.ts'
import type { ShareContext } from './share-context.ts'
import type { ShareStateRecord } from './share-state-records.ts'

/** A share partition in InitializeShareGroupState. */
export interface InitializedPartition {
  readonly stateEpoch: number
  /** -1: the leader of the partition decides it (`share.auto.offset.reset`). */
  readonly startOffset: number
}

/** Creates or resets the state of a share partition (InitializeShareGroupState). */
export function initializeState(
  shard: ShareContext,
  key: SharePartitionKey,
  { stateEpoch, startOffset }: InitializedPartition,
): Decision<ShareStateRecord, undefined> | ApiError {
  const existing = shard.find(key)
  const error =
    checkPartition(key) ??
    checkStateEpoch(stateEpoch) ??
    (existing && fenceState(existing, stateEpoch)) ??
    checkExists(shard.environment, key)
  if (error !== undefined) return error
  const nowMs = shard.environment.clock.now()
  const isUninitialized = startOffset === UNINITIALIZED_START_OFFSET
  const state = {
    snapshotEpoch: existing === undefined ? 0 : existing.state.snapshotEpoch + 1,
    stateEpoch,
    leaderEpoch: 0,
    startOffset,
    deliveryCompleteCount: isUninitialized ? UNINITIALIZED_DELIVERY_COMPLETE_COUNT : 0,
    stateBatches: [],
    createTimestamp: nowMs,
    writeTimestamp: nowMs,
  }
  return { records: [{ kind: 'snapshot', key, state }], response: undefined }
}
