import type { Timer } from '../../platform/clock.ts'
import type { CoordinatorShard, RecordWriter } from '../runtime/coordinator-shard.ts'
import { makeClassicGroup, replayClassicGroup } from './classic/make-classic-group.ts'
import type { GroupContext, GroupEnvironment } from './group-context.ts'
import type { ClassicGroupMetadata, GroupRecord, OffsetCommit } from './group-records.ts'
import type { Group } from './group.ts'
import { CommittedOffsets } from './offsets/committed-offsets.ts'
import { expireOffsets } from './offsets/offset-expiration.ts'

/**
 * The groups and committed offsets in one partition of `__consumer_offsets` (Kafka's
 * `GroupCoordinatorShard`). Groups are created here, when their records are replayed.
 */
export class GroupShard implements CoordinatorShard<GroupRecord> {
  readonly offsets = new CommittedOffsets()
  /** The context of the groups. */
  readonly context: GroupContext
  readonly #groups = new Map<string, Group>()
  #expirationTimer: Timer | undefined
  #isLoaded = false

  constructor(writer: RecordWriter<GroupRecord>, environment: GroupEnvironment) {
    const { clock, random, turn, config, expireMembersOfClosedConnections } = environment
    const groups = this.#groups
    this.context = { clock, random, turn, config, expireMembersOfClosedConnections, groups, writer }
  }

  get groups(): ReadonlyMap<string, Group> {
    return this.#groups
  }

  replay(record: GroupRecord, offset: number, producerId: number): void {
    switch (record.kind) {
      case 'offsetCommit':
        return this.#replayOffsetCommit(record, offset, producerId)
      case 'classicGroupMetadata':
        return this.#replayClassicGroup(record)
    }
  }

  replayEndTransaction(producerId: number, isCommitted: boolean): void {
    this.offsets.replayEndTransaction(producerId, isCommitted)
  }

  onLoaded(): void {
    this.#isLoaded = true
    for (const group of this.#groups.values()) group.onLoaded()
    this.#scheduleExpiration()
  }

  onUnloaded(): void {
    this.#isLoaded = false
    this.#expirationTimer?.cancel()
    for (const group of this.#groups.values()) group.onUnloaded()
  }

  /** A group that has only offsets has no record of its own. */
  #replayOffsetCommit(record: OffsetCommit, offset: number, producerId: number): void {
    const { groupId, committed } = record
    if (committed !== null && !this.#groups.has(groupId)) {
      this.#put(makeClassicGroup(groupId, this.context))
    }
    this.offsets.replay(record, offset, producerId)
  }

  #replayClassicGroup(record: ClassicGroupMetadata): void {
    const { groupId, metadata } = record
    const existing = this.#groups.get(groupId)
    if (metadata !== null) {
      return this.#put(replayClassicGroup(existing, record, metadata, this.context))
    }
    existing?.onDeleted()
    this.#groups.delete(groupId)
  }

  #put(group: Group): void {
    this.#groups.set(group.groupId, group)
    this.#scheduleExpiration()
  }

  /** Checks for expired offsets at intervals, as long as there are groups. */
  #scheduleExpiration(): void {
    if (!this.#isLoaded || this.#expirationTimer !== undefined || this.#groups.size === 0) return
    const { clock, config, writer } = this.context
    this.#expirationTimer = clock.schedule(config.offsetsRetentionCheckIntervalMs, () => {
      this.#expirationTimer = undefined
      writer.appendSeparately(expireOffsets(this, clock.now(), config.offsetsRetentionMs))
      this.#scheduleExpiration()
    })
  }
}
