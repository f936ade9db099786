import type { BrokerConfig } from '../../controller/broker-config.ts'
import type { EffectiveGroupConfig } from '../../controller/effective-group-config.ts'
import type { MetadataImage } from '../../controller/metadata-image.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Turn } from '../../platform/turn.ts'
import type { RecordWriter } from '../runtime/coordinator-shard.ts'
import type { ShardExecutor } from '../runtime/shard-executor.ts'
import type { ShardTimers } from '../runtime/shard-timers.ts'
import type { TurnNumber } from '../runtime/turn-number.ts'
import type { GroupChanges } from './group-changes.ts'
import type { NewTopics } from './consumer/new-topics.ts'
import type { GroupConfig } from './group-config.ts'
import type { GroupHooks } from './group-hooks.ts'
import type { GroupRecord } from './group-records.ts'
import type { Group } from './group.ts'
import type { TopologyDescriptions } from './streams/description-store.ts'
import type { TopicChanges } from './modern/topic-changes.ts'
import type { MetadataHashes } from './modern/metadata-hash.ts'

/** The parts of the coordinator that do not depend on a partition. */
export interface GroupEnvironment {
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly config: GroupConfig
  /** The configs of the broker. */
  readonly brokerConfig: BrokerConfig
  /** Returns the configs of a group: its dynamic configs over those of the broker. */
  readonly groupConfig: (groupId: string) => EffectiveGroupConfig
  /** The cluster metadata as this broker knows it. */
  readonly image: MetadataImage
  /**
   * Whether a dynamic member is removed when the connections of its requests have closed and it
   * sends no request over another one within {@link RECONNECT_GRACE_MS}: true in profile `test`,
   * false in `faithful`, as in Kafka. A static member stays until its session expires.
   */
  readonly expireMembersOfClosedConnections: boolean
  /** The descriptions of topologies of streams groups; absent if the broker does not keep them. */
  readonly topologyDescriptions?: TopologyDescriptions | undefined
  /** Observes the groups. A group reports each rebalance with its cause. */
  readonly hooks: GroupHooks
}

/** Used by groups of every kind: the groups of their partition, and the writer of their records. */
export interface GroupContext extends GroupEnvironment {
  readonly groups: ReadonlyMap<string, Group>
  readonly writer: RecordWriter<GroupRecord>
  readonly timers: ShardTimers<GroupRecord>
  /** Does work after the response to a request. */
  readonly executor: ShardExecutor<GroupRecord>
  readonly turnNumber: TurnNumber
  /** The hashes of topics and of the topics of a group. */
  readonly metadataHashes: MetadataHashes
  /** Knows when a topic was created last. */
  readonly newTopics: NewTopics
  /** Explains rebalances that follow a change of topics. */
  readonly topicChanges: TopicChanges
  /** Changes that exist only in memory. Those of records are noted by the shard. */
  readonly changes: GroupChanges
}
