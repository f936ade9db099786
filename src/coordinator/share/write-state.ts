import type { ApiError } from '../../protocol/api-error.ts'
import type { Decision } from '../runtime/coordinator-shard.ts'
import { combineStateBatches } from './combine-state-batches.ts'
import type { StateBatch } from './combine-state-batches.ts'
import type { SharePartitionKey } from './share-partition-key.ts'
import type { SharePartitionState } from './share-partition-state.ts'
import {
  checkExists,
  checkLeaderEpoch,
  checkPartition,
  checkStateEpoch,
  fenceLeader,
  fenceState,
  uninitialized,
} from './share-state-errors.ts'
import type { ShareContext, SharePartition } from './share-context.ts'
import type { ShareStateRecord } from './share-state-records.ts'

/** A share partition in WriteShareGroupState. */
export interface WrittenPartition {
  readonly stateEpoch: number
  readonly leaderEpoch: number
  readonly startOffset: number
  readonly deliveryCompleteCount: number
  readonly stateBatches: readonly StateBatch[]
}

/** Stores a change of a share partition (WriteShareGroupState). */
export function writeState(
  shard: ShareContext,
  key: SharePartitionKey,
  written: WrittenPartition,
): Decision<ShareStateRecord, undefined> | ApiError {
  const { leaderEpoch, stateEpoch } = written
  const malformed =
    checkPartition(key) ?? checkLeaderEpoch(leaderEpoch) ?? checkStateEpoch(stateEpoch)
  if (malformed !== undefined) return malformed
  const existing = shard.find(key)
  if (existing === undefined) return uninitialized('Write')
  const error =
    fenceLeader(existing, leaderEpoch) ??
    fenceState(existing, stateEpoch) ??
    checkExists(shard.environment, key)
  if (error !== undefined) return error
  // The leader epoch changes only when a new leader reads the state.
  const record = changeRecord(shard, existing, written, existing.state.leaderEpoch)
  return { records: [record], response: undefined }
}

/** Returns the record of a change: an update, or a snapshot after many updates. */
export function changeRecord(
  { environment: { clock, config } }: ShareContext,
  { key, state, updateCount }: SharePartition,
  written: Omit<WrittenPartition, 'stateEpoch' | 'leaderEpoch'>,
  leaderEpoch: number,
): ShareStateRecord {
  const startOffset = Math.max(written.startOffset, state.startOffset)
  const deliveryCompleteCount = completeCount(state, written)
  const { snapshotEpoch } = state
  const combine = (earlier: readonly StateBatch[]) =>
    combineStateBatches(earlier, written.stateBatches, startOffset)
  if (updateCount < config.updatesPerSnapshot) {
    const stateBatches = combine([])
    const change = { startOffset, deliveryCompleteCount, leaderEpoch, stateBatches }
    return { kind: 'update', key, update: { snapshotEpoch, ...change } }
  }
  const nowMs = clock.now()
  const snapshot: SharePartitionState = {
    snapshotEpoch: snapshotEpoch + 1,
    stateEpoch: state.stateEpoch,
    leaderEpoch,
    startOffset,
    deliveryCompleteCount,
    stateBatches: combine(state.stateBatches),
    createTimestamp: nowMs,
    writeTimestamp: nowMs,
  }
  return { kind: 'snapshot', key, state: snapshot }
}

/** A request that arrives late has a lower start offset or a lower count. */
function completeCount(
  state: SharePartitionState,
  {
    startOffset,
    deliveryCompleteCount,
  }: Pick<WrittenPartition, 'startOffset' | 'deliveryCompleteCount'>,
): number {
  if (startOffset > state.startOffset) return deliveryCompleteCount
  if (startOffset < state.startOffset) return state.deliveryCompleteCount
  return Math.max(deliveryCompleteCount, state.deliveryCompleteCount)
}
