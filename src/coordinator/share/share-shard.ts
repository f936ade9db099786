import type { Uuid } from '../../platform/uuid.ts'
import { CheckSchedule } from '../runtime/check-schedule.ts'
import type { CoordinatorShard, RecordWriter } from '../runtime/coordinator-shard.ts'
import type { InternalPartition } from '../runtime/internal-partition.ts'
import { mapOutcome } from '../runtime/outcome.ts'
import { combineStateBatches } from './combine-state-batches.ts'
import { RedundantOffsets } from './redundant-offsets.ts'
import type { ShareContext, ShareEnvironment, SharePartition } from './share-context.ts'
import { coordinatorKey } from './share-partition-key.ts'
import type { SharePartitionKey } from './share-partition-key.ts'
import { isColdSnapshot } from './share-partition-state.ts'
import type { SharePartitionState } from './share-partition-state.ts'
import type { ShareStateRecord, ShareStateUpdate } from './share-state-records.ts'
import { coldSnapshots, nextColdSnapshotMs } from './cold-snapshots.ts'

/** The share partitions in one partition of `__share_group_state`. */
export class ShareShard implements CoordinatorShard<ShareStateRecord>, ShareContext {
  readonly environment: ShareEnvironment
  readonly #writer: RecordWriter<ShareStateRecord>
  readonly #partition: InternalPartition
  readonly #sharePartitions = new Map<string, SharePartition>()
  readonly #redundant = new RedundantOffsets()
  readonly #pruning: CheckSchedule
  readonly #coldSnapshots: CheckSchedule
  #prunedOffset = 0
  /** The groups whose share partitions have changed since the last append. */
  readonly #changedGroups = new Set<string>()
  #isLoaded = false

  /** @param startMs the start of the coordinator, since which its checks take place */
  constructor(
    writer: RecordWriter<ShareStateRecord>,
    partition: InternalPartition,
    environment: ShareEnvironment,
    startMs: number,
  ) {
    const { clock, config } = environment
    this.environment = environment
    this.#writer = writer
    this.#partition = partition
    this.#pruning = new CheckSchedule(clock, startMs, config.pruneIntervalMs, () => this.#prune())
    this.#coldSnapshots = new CheckSchedule(clock, startMs, config.coldSnapshotIntervalMs, () =>
      this.#snapshotColdPartitions(),
    )
  }

  find(key: SharePartitionKey): SharePartition | undefined {
    return this.#sharePartitions.get(coordinatorKey(key))
  }

  get sharePartitions(): Iterable<SharePartition> {
    return this.#sharePartitions.values()
  }

  /** Deletes the state of all share partitions of deleted topics. */
  deleteTopics(topicIds: ReadonlySet<Uuid>): void {
    const deleted = [...this.sharePartitions].filter(({ key }) => topicIds.has(key.topicId))
    // If this fails, the state remains as in Kafka.
    void this.#writer.appendSeparately(
      deleted.map(({ key }): ShareStateRecord => ({ kind: 'snapshot', key, state: null })),
    )
  }

  /** Plans the periodic checks, if there is something to do and share groups are enabled. */
  planChecks(): void {
    if (!this.#isLoaded || !this.environment.isEnabled()) return
    this.#planPruning()
    const coldMs = nextColdSnapshotMs(this)
    if (coldMs !== undefined) this.#coldSnapshots.planAt(coldMs)
  }

  replay(record: ShareStateRecord, offset: number): void {
    if (this.#isLoaded) this.#changedGroups.add(record.key.groupId)
    switch (record.kind) {
      case 'snapshot':
        return this.#replaySnapshot(record.key, record.state, offset)
      case 'update':
        if (record.update !== null) this.#replayUpdate(record.key, record.update)
    }
  }

  /** No record of this topic belongs to a transaction. */
  replayEndTransaction(): void {}

  onAppended(): void {
    const { onChanged = () => {} } = this.environment
    const changed = [...this.#changedGroups]
    this.#changedGroups.clear()
    void mapOutcome(this.#writer.whenCommitted(changed), (groupIds) => groupIds.forEach(onChanged))
  }

  onLoaded(): void {
    this.#isLoaded = true
    this.planChecks()
  }

  onUnloaded(): void {
    this.#isLoaded = false
    this.#pruning.cancel()
    this.#coldSnapshots.cancel()
  }

  #replaySnapshot(key: SharePartitionKey, state: SharePartitionState | null, offset: number): void {
    const id = coordinatorKey(key)
    if (state === null) {
      this.#sharePartitions.delete(id)
    } else {
      const existing = this.#sharePartitions.get(id)
      const updateCount = existing?.updateCount ?? 0
      const isDue = updateCount >= this.environment.config.updatesPerSnapshot
      this.#sharePartitions.set(id, {
        key,
        state,
        leaderEpoch: Math.max(existing?.leaderEpoch ?? state.leaderEpoch, state.leaderEpoch),
        stateEpoch: Math.max(existing?.stateEpoch ?? state.stateEpoch, state.stateEpoch),
        updateCount: isDue ? 0 : updateCount,
      })
    }
    this.#redundant.onSnapshot(id, offset, state === null)
    if (this.#isLoaded) this.#onSnapshot(state)
  }

  #replayUpdate(key: SharePartitionKey, update: ShareStateUpdate): void {
    const id = coordinatorKey(key)
    const existing = this.#sharePartitions.get(id)
    const { leaderEpoch } = update
    this.#sharePartitions.set(id, {
      key,
      state: existing === undefined ? withoutSnapshot(update) : merge(existing.state, update),
      leaderEpoch: Math.max(existing?.leaderEpoch ?? leaderEpoch, leaderEpoch),
      stateEpoch: existing?.stateEpoch ?? 0,
      updateCount: (existing?.updateCount ?? 0) + 1,
    })
  }

  #onSnapshot(state: SharePartitionState | null): void {
    const { clock, isEnabled } = this.environment
    if (!isEnabled()) return
    this.#planPruning()
    if (state !== null && !isColdSnapshot(state)) this.#coldSnapshots.planAt(clock.now())
  }

  #planPruning(): void {
    const offset = this.#redundant.redundantOffset
    if (offset === undefined || offset === this.#prunedOffset) return
    this.#pruning.planAt(this.environment.clock.now())
  }

  #prune(): void {
    const offset = this.#redundant.redundantOffset
    if (offset === undefined || !this.environment.isEnabled()) return
    // If this fails, the next snapshot plans it again.
    const error = this.#partition.deleteRecordsBefore(offset)
    if (error === undefined) this.#prunedOffset = offset
  }

  #snapshotColdPartitions(): void {
    if (!this.environment.isEnabled()) return
    // If this fails, the next check tries again.
    void this.#writer.appendSeparately(coldSnapshots(this))
    this.planChecks()
  }
}

/** Older records may have been deleted, but not those since the last snapshot. */
function withoutSnapshot(update: ShareStateUpdate): SharePartitionState {
  return { ...update, stateEpoch: 0, createTimestamp: 0, writeTimestamp: 0 }
}

function merge(state: SharePartitionState, update: ShareStateUpdate): SharePartitionState {
  const startOffset = update.startOffset === -1 ? state.startOffset : update.startOffset
  return {
    ...state,
    startOffset,
    leaderEpoch: update.leaderEpoch === -1 ? state.leaderEpoch : update.leaderEpoch,
    deliveryCompleteCount: update.deliveryCompleteCount,
    stateBatches: combineStateBatches(state.stateBatches, update.stateBatches, startOffset),
  }
}
