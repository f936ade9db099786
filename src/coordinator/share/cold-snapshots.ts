import type { ShareContext } from './share-context.ts'
import { isColdSnapshot } from './share-partition-state.ts'
import type { ShareStateRecord } from './share-state-records.ts'

/**
 * Returns snapshots of the share partitions whose last one is old, so that the records before it
 * can be deleted (Kafka's `snapshotColdPartitions`). Returns none if nothing has changed since all
 * of them were last taken this way.
 */
export function coldSnapshots(shard: ShareContext): readonly ShareStateRecord[] {
  if (isAllCold(shard)) return []
  const { clock, config } = shard.environment
  const nowMs = clock.now()
  return [...shard.sharePartitions]
    .filter(({ state }) => nowMs - state.writeTimestamp >= config.coldSnapshotIntervalMs)
    .map(({ key, state }) => ({
      kind: 'snapshot',
      key,
      state: { ...state, snapshotEpoch: state.snapshotEpoch + 1, writeTimestamp: nowMs },
    }))
}

/**
 * Returns the time from which a check finds a share partition for a snapshot, in milliseconds since
 * the epoch; `undefined` if there is none.
 */
export function nextColdSnapshotMs(shard: ShareContext): number | undefined {
  if (isAllCold(shard)) return undefined
  const { coldSnapshotIntervalMs } = shard.environment.config
  let leastMs = Infinity
  for (const { state } of shard.sharePartitions) leastMs = Math.min(leastMs, state.writeTimestamp)
  return leastMs + coldSnapshotIntervalMs
}

function isAllCold({ sharePartitions }: ShareContext): boolean {
  for (const { state } of sharePartitions) if (!isColdSnapshot(state)) return false
  return true
}
