import type { Timer } from '../../platform/clock.ts'
import type { MetadataDelta } from '../../controller/metadata-image.ts'
import type { CoordinatorShard, RecordWriter } from '../runtime/coordinator-shard.ts'
import { ShardExecutor } from '../runtime/shard-executor.ts'
import { ShardTimers } from '../runtime/shard-timers.ts'
import { TurnNumber } from '../runtime/turn-number.ts'
import {
  makeClassicGroup,
  replayClassicGroup,
  startDowngraded,
} from './classic/make-classic-group.ts'
import { NewTopics } from './consumer/new-topics.ts'
import { replayConsumerRecord } from './consumer/replay-consumer-record.ts'
import { GroupChanges } from './group-changes.ts'
import type { GroupContext, GroupEnvironment } from './group-context.ts'
import type { ClassicGroupMetadata, GroupRecord, OffsetCommit } from './group-records.ts'
import type { GroupStore } from './group-store.ts'
import type { Group } from './group.ts'
import { MetadataHashes } from './modern/metadata-hash.ts'
import { TopicChanges } from './modern/topic-changes.ts'
import { CommittedOffsets } from './offsets/committed-offsets.ts'
import { replayStreamsRecord } from './streams/replay-streams-record.ts'
import { replayShareRecord } from './share/replay-share-record.ts'
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
  readonly #store: GroupStore = {
    get: (groupId) => this.#groups.get(groupId),
    put: (group) => {
      this.#put(group)
      if (this.#isLoaded) group.onLoaded()
    },
    remove: (groupId) => this.#remove(groupId),
  }
  #expirationTimer: Timer | undefined
  #isLoaded = false

  constructor(writer: RecordWriter<GroupRecord>, environment: GroupEnvironment) {
    const { clock, random, turn, config, brokerConfig, groupConfig, image } = environment
    const { expireMembersOfClosedConnections, topologyDescriptions, hooks } = environment
    const timers = new ShardTimers(clock, writer)
    const changes = new GroupChanges(hooks, this.#groups)
    // V8 takes ten times as long for a spread, and there are 50 partitions.
    this.context = {
      clock,
      random,
      turn,
      config,
      brokerConfig,
      groupConfig,
      image,
      expireMembersOfClosedConnections,
      topologyDescriptions,
      hooks,
      groups: this.#groups,
      writer,
      timers,
      executor: new ShardExecutor(turn, writer),
      turnNumber: new TurnNumber(turn),
      changes,
      metadataHashes: new MetadataHashes(image),
      newTopics: new NewTopics(image),
      topicChanges: new TopicChanges(),
    }
  }

  get groups(): ReadonlyMap<string, Group> {
    return this.#groups
  }

  replay(record: GroupRecord, offset: number, producerId: number): void {
    this.context.changes.add(record.groupId)
    switch (record.kind) {
      case 'offsetCommit':
        return this.#replayOffsetCommit(record, offset, producerId)
      case 'classicGroupMetadata':
        return this.#replayClassicGroup(record)
      case 'consumerGroupMetadata':
      case 'consumerGroupPartitionMetadata':
      case 'consumerGroupMemberMetadata':
      case 'consumerGroupTargetMetadata':
      case 'consumerGroupTargetMember':
      case 'consumerGroupCurrentMember':
      case 'consumerGroupRegex':
        return replayConsumerRecord(this.#store, record, this.context)
      case 'streamsGroupMetadata':
      case 'streamsGroupTopology':
      case 'streamsGroupTargetAssignmentMetadata':
      case 'streamsGroupMemberMetadata':
      case 'streamsGroupTargetAssignmentMember':
      case 'streamsGroupCurrentMemberAssignment':
        return replayStreamsRecord(this.#store, record, this.context)
      case 'shareGroupMetadata':
      case 'shareGroupMemberMetadata':
      case 'shareGroupTargetMetadata':
      case 'shareGroupTargetMember':
      case 'shareGroupCurrentMember':
      case 'shareGroupStatePartitions':
        return replayShareRecord(this.#store, record, this.context)
    }
  }

  replayEndTransaction(producerId: number, isCommitted: boolean): void {
    const changed = this.offsets.replayEndTransaction(producerId, isCommitted)
    for (const groupId of changed) this.context.changes.add(groupId)
  }

  onAppended(): void {
    this.context.changes.flushWhen(this.context.writer.whenCommitted(undefined))
  }

  onLoaded(): void {
    this.#isLoaded = true
    for (const group of this.#groups.values()) group.onLoaded()
    this.#scheduleExpiration()
    this.context.changes.start()
  }

  onUnloaded(): void {
    this.#isLoaded = false
    this.context.changes.stop()
    this.#expirationTimer?.cancel()
    this.context.timers.cancelAll()
    this.context.executor.cancelAll()
    for (const group of this.#groups.values()) group.onUnloaded()
  }

  /** Called after the cluster metadata has changed. */
  onMetadataChanged(delta: MetadataDelta): void {
    this.context.newTopics.onMetadataChanged(delta)
    this.context.topicChanges.onMetadataChanged(delta)
    for (const group of this.#groups.values()) group.onMetadataChanged?.(delta)
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
    if (metadata === null) return this.#remove(groupId)
    const group = replayClassicGroup(existing, record, metadata, this.context)
    this.#put(group)
    if (!this.#isLoaded || record.downgrade === undefined) return
    group.onLoaded()
    startDowngraded(group, record.downgrade, this.context)
  }

  #remove(groupId: string): void {
    this.#groups.get(groupId)?.onDeleted()
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
