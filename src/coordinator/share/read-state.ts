import type { ApiError } from '../../protocol/api-error.ts'
import type { Decision } from '../runtime/coordinator-shard.ts'
import type { StateBatch } from './combine-state-batches.ts'
import type { SharePartitionKey } from './share-partition-key.ts'
import {
  checkExists,
  checkLeaderEpoch,
  checkPartition,
  fenceLeader,
  uninitialized,
} from './share-state-errors.ts'
import type { ShareContext } from './share-context.ts'
import type { ShareStateRecord } from './share-state-records.ts'
import { changeRecord } from './write-state.ts'

/** The state of a share partition in ReadShareGroupState. */
export interface ReadState {
  readonly stateEpoch: number
  readonly startOffset: number
  readonly stateBatches: readonly StateBatch[]
}

/**
 * Returns the state of a share partition to the leader of the partition (ReadShareGroupState).
 * Stores the leader epoch if it is new, which fences older leaders.
 */
export function readState(
  shard: ShareContext,
  key: SharePartitionKey,
  leaderEpoch: number,
): Decision<ShareStateRecord, ReadState> | ApiError {
  const malformed = checkPartition(key) ?? checkLeaderEpoch(leaderEpoch)
  if (malformed !== undefined) return malformed
  const existing = shard.find(key)
  if (existing === undefined) return uninitialized('Read')
  const error = fenceLeader(existing, leaderEpoch) ?? checkExists(shard.environment, key)
  if (error !== undefined) return error
  const { stateEpoch, startOffset, stateBatches, deliveryCompleteCount } = existing.state
  const response = { stateEpoch, startOffset, stateBatches }
  if (existing.leaderEpoch === leaderEpoch) return { records: [], response }
  const unchanged = { startOffset, deliveryCompleteCount, stateBatches: [] }
  return { records: [changeRecord(shard, existing, unchanged, leaderEpoch)], response }
}
