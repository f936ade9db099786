import type { ApiError } from '../../protocol/api-error.ts'
import type { SharePartitionKey } from './share-partition-key.ts'
import {
  UNINITIALIZED_DELIVERY_COMPLETE_COUNT,
  UNINITIALIZED_START_OFFSET,
} from './share-partition-state.ts'
import { checkExists, checkPartition } from './share-state-errors.ts'
import type { ShareContext } from './share-context.ts'

/** The state of a share partition in ReadShareGroupStateSummary. */
export interface StateSummary {
  readonly stateEpoch: number
  readonly leaderEpoch: number
  readonly startOffset: number
  readonly deliveryCompleteCount: number
}

/** The summary of a share partition that is not initialized. */
const uninitialized: StateSummary = {
  stateEpoch: 0,
  leaderEpoch: 0,
  startOffset: UNINITIALIZED_START_OFFSET,
  deliveryCompleteCount: UNINITIALIZED_DELIVERY_COMPLETE_COUNT,
}

/** Returns the offsets and epochs of a share partition (ReadShareGroupStateSummary). */
export function readStateSummary(
  shard: ShareContext,
  key: SharePartitionKey,
): StateSummary | ApiError {
  const error = checkPartition(key) ?? checkExists(shard.environment, key)
  if (error !== undefined) return error
  const state = shard.find(key)?.state
  if (state === undefined) return uninitialized
  const { stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount } = state
  return { stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount }
}
