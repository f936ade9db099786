import type { Clock, Timer } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Turn } from '../../platform/turn.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
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
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { JoinGroupResponse, SyncGroupResponse } from './classic-member.ts'
import { deleteGroups } from './delete-groups.ts'
import { describeGroup } from './describe-groups.ts'
import type { GroupConfig } from './group-config.ts'
import type { GroupRequestContext } from './group-request-context.ts'
import { joinError, syncError } from './group-responses.ts'
import { GroupShard } from './group-shard.ts'
import { heartbeat } from './heartbeat.ts'
import { coordinatorPartition } from './java-hash.ts'
import { joinGroup, joinResponseFor } from './join-group.ts'
import { leaveGroup } from './leave-group.ts'
import { listGroups } from './list-groups.ts'
import { loadShard, unloadShard } from './load-shard.ts'
import { bindMember } from './member-expiration.ts'
import { offsetCommit } from './offset-commit.ts'
import { offsetDelete, offsetDeleteError } from './offset-delete.ts'
import { deleteOffsetsOfTopics, expireOffsets } from './offset-expiration.ts'
import { offsetFetch } from './offset-fetch.ts'
import type { OffsetsTopicLog } from './offsets-topic-log.ts'
import { answer } from './parked-answer.ts'
import { isProtocolMissing, syncGroup } from './sync-group.ts'
import type { TopicLookup } from './topic-lookup.ts'

/** What a {@link GroupCoordinator} works with. */
export interface GroupCoordinatorOptions {
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly config: GroupConfig
  readonly log: OffsetsTopicLog
  /** Which topics and partitions there are, and the ids of topics. */
  readonly topics: TopicLookup
  /**
   * Whether a dynamic member is removed, as if its session had expired, when the connections that carried its requests have
   * closed and it sends none over another one within {@link RECONNECT_GRACE_MS}: true in profile `test`, false in
   * `faithful`, as in Kafka. A static member stays until its session expires.
   */
  readonly expireMembersOfClosedConnections: boolean
  /** Called when a partition cannot be loaded. Its groups answer NOT_COORDINATOR, as in Kafka. */
  readonly onLoadFailure: (partition: number, error: unknown) => void
}

/**
 * The group coordinator of one broker (Kafka's `GroupCoordinatorService`): classic groups and committed offsets, kept in
 * the partitions of `__consumer_offsets` that the broker leads.
 *
 * Takes decoded requests and gives response bodies; what depends on a request's version is decided here. Wire errors are
 * values. Only JoinGroup and SyncGroup may wait, and return a promise then.
 */
export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions
  readonly #shards = new Map<number, GroupShard>()
  #expirationTimer: Timer | undefined

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options
  }

  /** The partition of `__consumer_offsets` that a group belongs to; its leader is the group's coordinator. */
  partitionFor(groupId: string): number {
    return coordinatorPartition(groupId, this.#options.log.partitionCount)
  }

  /**
   * This broker now leads the partition: loads the groups in it, unless they are loaded. A partition that cannot be read
   * has no groups; the others are not affected.
   */
  onElected(partition: number): void {
    if (this.#shards.has(partition)) return
    const { log, onLoadFailure } = this.#options
    const shard = new GroupShard(partition, this.#options)
    try {
      loadShard(shard, log.read(partition))
    } catch (error) {
      unloadShard(shard)
      return onLoadFailure(partition, error)
    }
    this.#shards.set(partition, shard)
    this.#scheduleExpiration()
  }

  /** This broker no longer leads the partition: drops its groups and sends those who wait in them elsewhere. */
  onResigned(partition: number): void {
    const shard = this.#shards.get(partition)
    if (shard === undefined) return
    this.#shards.delete(partition)
    unloadShard(shard)
  }

  /** Forgets the offsets that groups committed for deleted topics. */
  onTopicsDeleted(topics: Iterable<string>): void {
    const names = new Set(topics)
    for (const shard of this.#shards.values()) deleteOffsetsOfTopics(shard, names)
  }

  /** Answers everything that waits, with NOT_COORDINATOR, and stops all timers. */
  close(): void {
    this.#expirationTimer?.cancel()
    for (const partition of this.#shards.keys()) this.onResigned(partition)
  }

  joinGroup(
    request: RequestOf<typeof JoinGroup>,
    context: GroupRequestContext,
  ): JoinGroupResponse | Promise<JoinGroupResponse> {
    const shard = this.#memberShard(request.groupId)
    bindMember(shard, request, context.connection)
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#options.config
    const { sessionTimeoutMs } = request
    let errorCode = typeof shard === 'number' ? shard : ErrorCode.None
    if (
      errorCode !== ErrorCode.InvalidGroupId &&
      (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs)
    ) {
      errorCode = ErrorCode.InvalidSessionTimeout
    }
    if (typeof shard === 'number' || errorCode !== ErrorCode.None) {
      return joinResponseFor(joinError(request.memberId, errorCode), context.apiVersion)
    }
    this.#scheduleExpiration()
    return answer((reply) =>
      joinGroup(shard, request, context, (response) =>
        reply(joinResponseFor(response, context.apiVersion)),
      ),
    )
  }

  syncGroup(
    request: RequestOf<typeof SyncGroup>,
    context: GroupRequestContext,
  ): SyncGroupResponse | Promise<SyncGroupResponse> {
    if (isProtocolMissing(request, context.apiVersion)) {
      return syncError(ErrorCode.InconsistentGroupProtocol)
    }
    const shard = this.#memberShard(request.groupId)
    if (typeof shard === 'number') return syncError(shard)
    bindMember(shard, request, context.connection)
    return answer((reply) => syncGroup(shard, request, reply))
  }

  heartbeat(
    request: RequestOf<typeof Heartbeat>,
    { connection }: GroupRequestContext,
  ): ResponseBody<typeof Heartbeat> {
    const shard = this.#memberShard(request.groupId)
    bindMember(shard, request, connection)
    const errorCode = typeof shard === 'number' ? shard : heartbeat(shard, request)
    return { errorCode }
  }

  leaveGroup(
    request: RequestOf<typeof LeaveGroup>,
    { apiVersion }: GroupRequestContext,
  ): ResponseBody<typeof LeaveGroup> {
    const shard = this.#memberShard(request.groupId)
    if (typeof shard === 'number') return { errorCode: shard, members: [] }
    return leaveGroup(shard, request, apiVersion)
  }

  offsetCommit(
    request: RequestOf<typeof OffsetCommit>,
    { apiVersion, connection }: GroupRequestContext,
  ): ResponseBody<typeof OffsetCommit> {
    const { topics, clock } = this.#options
    const shard = this.#shard(request.groupId)
    bindMember(shard, request, connection)
    this.#scheduleExpiration()
    return offsetCommit(shard, topics, request, apiVersion, clock.now())
  }

  offsetFetch(
    request: RequestOf<typeof OffsetFetch>,
    { apiVersion, connection }: GroupRequestContext,
  ): ResponseBody<typeof OffsetFetch> {
    for (const { groupId, memberId } of request.groups) {
      if (memberId !== null) bindMember(this.#shard(groupId), { groupId, memberId }, connection)
    }
    return offsetFetch((id) => this.#shard(id), this.#options.topics, request, apiVersion)
  }

  offsetDelete(request: RequestOf<typeof OffsetDelete>): ResponseBody<typeof OffsetDelete> {
    const shard = this.#memberShard(request.groupId)
    if (typeof shard === 'number') return offsetDeleteError(shard)
    return offsetDelete(shard, this.#options.topics, request)
  }

  describeGroups(
    request: RequestOf<typeof DescribeGroups>,
    { apiVersion }: GroupRequestContext,
  ): ResponseBody<typeof DescribeGroups> {
    const groups = request.groups.map((id) => describeGroup(this.#shard(id), id, apiVersion))
    return { groups }
  }

  listGroups(request: RequestOf<typeof ListGroups>): ResponseBody<typeof ListGroups> {
    const groups = listGroups(this.#shards.values(), request)
    return { errorCode: ErrorCode.None, groups }
  }

  /** Groups of one partition are deleted by one batch. */
  deleteGroups(request: RequestOf<typeof DeleteGroups>): ResponseBody<typeof DeleteGroups> {
    const results: ResponseBody<typeof DeleteGroups>['results'][number][] = []
    const byShard = new Map<GroupShard, string[]>()
    for (const groupId of new Set(request.groupsNames)) {
      const shard = this.#shard(groupId)
      if (typeof shard === 'number') results.push({ groupId, errorCode: shard })
      else byShard.set(shard, [...(byShard.get(shard) ?? []), groupId])
    }
    for (const [shard, groupIds] of byShard) results.push(...deleteGroups(shard, groupIds))
    return { results }
  }

  /** The shard of a group that may have members; offsets alone can be kept under the empty id, too. */
  #memberShard(groupId: string): GroupShard | ErrorCode {
    return groupId === '' ? ErrorCode.InvalidGroupId : this.#shard(groupId)
  }

  #shard(groupId: string): GroupShard | ErrorCode {
    return this.#shards.get(this.partitionFor(groupId)) ?? ErrorCode.NotCoordinator
  }

  /** Looks for what has expired once in a while, as long as there is anything. */
  #scheduleExpiration(): void {
    if (this.#expirationTimer !== undefined) return
    const { clock, config } = this.#options
    this.#expirationTimer = clock.schedule(config.offsetsRetentionCheckIntervalMs, () => {
      this.#expirationTimer = undefined
      let hasGroups = false
      for (const shard of this.#shards.values()) {
        expireOffsets(shard)
        hasGroups ||= shard.groups.size > 0
      }
      if (hasGroups) this.#scheduleExpiration()
    })
  }
}
