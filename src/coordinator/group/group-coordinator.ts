import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { MetadataImage } from '../../controller/metadata-image.ts'
import type {
  DeleteGroups,
  DescribeGroups,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  SyncGroup,
} from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { GroupConfig } from './group-config.ts'
import type { GroupRequestContext } from './group-request-context.ts'
import type { OffsetsTopicLog } from './offsets-topic-log.ts'

/** What a {@link GroupCoordinator} works with. */
export interface GroupCoordinatorOptions {
  readonly clock: Clock
  readonly random: Random
  readonly config: GroupConfig
  readonly log: OffsetsTopicLog
  /** Which topics and partitions there are, and the ids of topics. */
  readonly topics: Pick<MetadataImage, 'topics' | 'topicsById' | 'partition'>
  /**
   * Whether a dynamic member is removed, as if its session had expired, when the connection that carried its last JoinGroup,
   * SyncGroup or Heartbeat closes: true in profile `test`, false in `faithful`, as in Kafka. A static member stays until
   * its session expires.
   */
  readonly expireMembersOfClosedConnections: boolean
}

/**
 * The group coordinator of one broker (Kafka's `GroupCoordinatorService`): classic groups and committed offsets, kept in
 * the partitions of `__consumer_offsets` that the broker leads.
 *
 * Takes decoded requests and gives response bodies; what depends on a request's version is decided here. Wire errors are
 * values. Only JoinGroup and SyncGroup may wait, and return a promise then.
 */
export declare class GroupCoordinator {
  constructor(options: GroupCoordinatorOptions)

  /** The partition of `__consumer_offsets` that a group belongs to; its leader is the group's coordinator. */
  partitionFor(groupId: string): number

  /** This broker now leads the partition: reads its log and takes up the groups in it. */
  onElected(partition: number): void

  /** This broker no longer leads the partition: drops its groups and sends those who wait in them elsewhere. */
  onResigned(partition: number): void

  /** Forgets the offsets committed for partitions of deleted topics. */
  onTopicsDeleted(topics: Iterable<string>): void

  /** Answers everything that waits, and stops all timers. */
  close(): void

  joinGroup(
    request: RequestOf<typeof JoinGroup>,
    context: GroupRequestContext,
  ): ResponseInput<typeof JoinGroup> | Promise<ResponseInput<typeof JoinGroup>>

  syncGroup(
    request: RequestOf<typeof SyncGroup>,
    context: GroupRequestContext,
  ): ResponseInput<typeof SyncGroup> | Promise<ResponseInput<typeof SyncGroup>>

  heartbeat(
    request: RequestOf<typeof Heartbeat>,
    context: GroupRequestContext,
  ): ResponseInput<typeof Heartbeat>

  leaveGroup(
    request: RequestOf<typeof LeaveGroup>,
    context: GroupRequestContext,
  ): ResponseInput<typeof LeaveGroup>

  offsetCommit(
    request: RequestOf<typeof OffsetCommit>,
    context: GroupRequestContext,
  ): ResponseInput<typeof OffsetCommit>

  offsetFetch(
    request: RequestOf<typeof OffsetFetch>,
    context: GroupRequestContext,
  ): ResponseInput<typeof OffsetFetch>

  offsetDelete(request: RequestOf<typeof OffsetDelete>): ResponseInput<typeof OffsetDelete>

  describeGroups(
    request: RequestOf<typeof DescribeGroups>,
    context: GroupRequestContext,
  ): ResponseInput<typeof DescribeGroups>

  listGroups(request: RequestOf<typeof ListGroups>): ResponseInput<typeof ListGroups>

  deleteGroups(request: RequestOf<typeof DeleteGroups>): ResponseInput<typeof DeleteGroups>
}
