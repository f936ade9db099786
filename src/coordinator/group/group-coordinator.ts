import { ApiError } from '../../protocol/api-error.ts'
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
  TxnOffsetCommit,
} from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { VerificationGuard } from '../../log/producer/verification-guard.ts'
import { coordinatorPartition } from '../java-hash.ts'
import { CoordinatorRuntime } from '../runtime/coordinator-runtime.ts'
import type { InternalPartition } from '../runtime/internal-partition.ts'
import { flatMapOutcome, settle, whenAll } from '../runtime/outcome.ts'
import type { Outcome } from '../runtime/outcome.ts'
import type { TransactionalProducer } from '../runtime/coordinator-shard.ts'
import type { EndMarker, PartitionRuntime } from '../runtime/partition-runtime.ts'
import { describeGroup, refuseDescription } from './classic/describe-groups.ts'
import type { DescribedGroup } from './classic/describe-groups.ts'
import { heartbeat } from './classic/heartbeat.ts'
import { joinGroup, joinResponseFor } from './classic/join-group.ts'
import { leaveGroup } from './classic/leave-group.ts'
import { joinError, syncError } from './classic/responses.ts'
import { isProtocolMissing, syncGroup } from './classic/sync-group.ts'
import { deleteGroups } from './delete-groups.ts'
import type { DeletedGroup } from './delete-groups.ts'
import type { GroupEnvironment } from './group-context.ts'
import { groupRecords } from './group-records.ts'
import type { GroupRecord } from './group-records.ts'
import type { GroupConnection, GroupRequestContext } from './group-request-context.ts'
import { GroupShard } from './group-shard.ts'
import type { ListedGroup } from './group.ts'
import { listGroups } from './list-groups.ts'
import { commitOffsets, resolveOffsetCommit } from './offsets/offset-commit.ts'
import { deleteOffsets, refuseDelete } from './offsets/offset-delete.ts'
import { forgetTopics } from './offsets/offset-expiration.ts'
import type { DeletedTopics } from './offsets/offset-expiration.ts'
import {
  fetchOffsets,
  fetchResponse,
  refuseFetch,
  requestedGroups,
} from './offsets/offset-fetch.ts'
import type { FetchOptions, RequestGroup, ResponseGroup } from './offsets/offset-fetch.ts'
import { refuseCommit } from './offsets/resolved-commit.ts'
import type { TopicLookup } from './offsets/topic-lookup.ts'
import {
  commitTransactionalOffsets,
  resolveTxnOffsetCommit,
  txnCommitError,
} from './offsets/txn-offset-commit.ts'
import { answer } from './parked-answer.ts'

/** The services that a {@link GroupCoordinator} uses. */
export interface GroupCoordinatorOptions extends GroupEnvironment {
  /**
   * Returns the number of partitions that `__consumer_offsets` has, or will have when it is
   * created.
   */
  readonly partitionCount: () => number
  /** Knows the existing topics and partitions, and the ids of topics. */
  readonly topics: TopicLookup
  /**
   * Verifies that a partition of `__consumer_offsets` belongs to the transaction of a request, or
   * adds it (KIP-890). Returns the guard of the write, if it needs one.
   */
  readonly verifyTransaction: (
    partition: number,
    transaction: Pick<
      RequestOf<typeof TxnOffsetCommit>,
      'transactionalId' | 'producerId' | 'producerEpoch'
    >,
    apiVersion: number,
  ) => Outcome<VerificationGuard | undefined>
  /** Called when a partition cannot be loaded. Its groups answer NOT_COORDINATOR, as in Kafka. */
  readonly onLoadFailure: (partition: number, error: unknown) => void
}

type GroupPartition = PartitionRuntime<GroupRecord, GroupShard>

/**
 * The group coordinator of one broker (Kafka's `GroupCoordinatorService`): groups and committed
 * offsets, stored in the partitions of `__consumer_offsets` that the broker leads.
 *
 * It receives decoded requests and returns response bodies. Differences between versions of a
 * request are handled here. Wire errors are values. A promise is returned only when a member waits
 * for its group, or a response for the disk.
 */
export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions
  readonly #runtime: CoordinatorRuntime<GroupRecord, GroupShard>

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options
    this.#runtime = new CoordinatorRuntime({
      clock: options.clock,
      serde: groupRecords,
      baseSequence: 0,
      createShard: (writer) => new GroupShard(writer, options),
      onLoadFailure: options.onLoadFailure,
    })
  }

  /**
   * Returns the partition of `__consumer_offsets` to which a group belongs. The leader of the
   * partition is the group's coordinator.
   */
  partitionFor(groupId: string): number {
    return coordinatorPartition(groupId, this.#options.partitionCount())
  }

  /**
   * Called when this broker becomes the leader of the partition. Loads its groups, unless they are
   * loaded.
   */
  onElected(partition: InternalPartition): void {
    this.#runtime.onElected(partition)
  }

  /**
   * Called when this broker no longer leads the partition. Drops its groups, and answers waiting
   * requests with NOT_COORDINATOR.
   */
  onResigned(partition: number): void {
    this.#runtime.onResigned(partition)
  }

  /** Deletes the committed offsets of deleted topics, which are given by name. */
  onTopicsDeleted(topics: DeletedTopics): void {
    for (const partition of this.#runtime.partitions) {
      partition.appendSeparately(forgetTopics(partition.state, topics))
    }
  }

  /** Answers all waiting requests with NOT_COORDINATOR, and stops all timers. */
  close(): void {
    this.#runtime.close()
  }

  joinGroup(
    request: RequestOf<typeof JoinGroup>,
    context: GroupRequestContext,
  ): ResponseBody<typeof JoinGroup> | Promise<ResponseBody<typeof JoinGroup>> {
    const { groupId, memberId, sessionTimeoutMs } = request
    const { apiVersion } = context
    const partition = this.#partitionOfMembers(groupId)
    this.#bind(partition, request, context.connection)
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#options.config
    let error = partition instanceof ApiError ? partition : undefined
    if (
      error?.errorCode !== ErrorCode.InvalidGroupId &&
      (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs)
    ) {
      error = ApiError.of(ErrorCode.InvalidSessionTimeout)
    }
    if (partition instanceof ApiError || error !== undefined) {
      return joinResponseFor(joinError(memberId, error!.errorCode), apiVersion)
    }
    return answer<ResponseBody<typeof JoinGroup>>(
      (reply) => joinGroup(partition.state.context, request, context, reply),
      (outcome) =>
        joinResponseFor(
          outcome instanceof ApiError ? joinError(memberId, outcome.errorCode) : outcome,
          apiVersion,
        ),
    )
  }

  syncGroup(
    request: RequestOf<typeof SyncGroup>,
    context: GroupRequestContext,
  ): ResponseBody<typeof SyncGroup> | Promise<ResponseBody<typeof SyncGroup>> {
    if (isProtocolMissing(request, context.apiVersion)) {
      return syncError(ErrorCode.InconsistentGroupProtocol)
    }
    const partition = this.#partitionOfMembers(request.groupId)
    if (partition instanceof ApiError) return syncError(partition.errorCode)
    this.#bind(partition, request, context.connection)
    return answer<ResponseBody<typeof SyncGroup>>(
      (reply) => syncGroup(partition.state.context, request, reply),
      (outcome) => (outcome instanceof ApiError ? syncError(outcome.errorCode) : outcome),
    )
  }

  /** Does not wait for the disk, as in Kafka: its result exists only in memory. */
  heartbeat(
    request: RequestOf<typeof Heartbeat>,
    { connection }: GroupRequestContext,
  ): ResponseBody<typeof Heartbeat> {
    const partition = this.#partitionOfMembers(request.groupId)
    this.#bind(partition, request, connection)
    const errorCode =
      partition instanceof ApiError
        ? partition.errorCode
        : (heartbeat(partition.state.context, request)?.errorCode ?? ErrorCode.None)
    return { errorCode }
  }

  leaveGroup(
    request: RequestOf<typeof LeaveGroup>,
    { apiVersion }: GroupRequestContext,
  ): ResponseBody<typeof LeaveGroup> | Promise<ResponseBody<typeof LeaveGroup>> {
    const partition = this.#partitionOfMembers(request.groupId)
    return settle(
      partition instanceof ApiError
        ? partition
        : partition.whenCommitted(leaveGroup(partition.state.context, request, apiVersion)),
      ({ errorCode }) => ({ errorCode, members: [] }),
    )
  }

  offsetCommit(
    request: RequestOf<typeof OffsetCommit>,
    { apiVersion, connection }: GroupRequestContext,
  ): ResponseBody<typeof OffsetCommit> | Promise<ResponseBody<typeof OffsetCommit>> {
    const { topics, clock, config } = this.#options
    const partition = this.#partition(request.groupId)
    this.#bind(partition, request, connection)
    const commit = resolveOffsetCommit(topics, request, apiVersion, clock.now())
    if (commit.commits.length === 0) return commit.response
    const maxSize = config.offsetMetadataMaxSize
    return settle(
      partition instanceof ApiError
        ? partition
        : partition.write((state) => commitOffsets(state, request, apiVersion, commit, maxSize)),
      (error) => refuseCommit(commit, error),
    )
  }

  txnOffsetCommit(
    request: RequestOf<typeof TxnOffsetCommit>,
    { apiVersion }: GroupRequestContext,
  ): ResponseBody<typeof TxnOffsetCommit> | Promise<ResponseBody<typeof TxnOffsetCommit>> {
    const { topics, clock, config, verifyTransaction } = this.#options
    const { groupId, producerId, producerEpoch } = request
    const commit = resolveTxnOffsetCommit(topics, request, apiVersion, clock.now())
    if (commit.commits.length === 0) return commit.response
    const maxSize = config.offsetMetadataMaxSize
    const write = (
      verificationGuard: VerificationGuard | undefined,
    ): Outcome<ResponseBody<typeof TxnOffsetCommit>> => {
      const partition = this.#partition(groupId)
      if (partition instanceof ApiError) return partition
      return partition.writeTransactional(
        { producerId, producerEpoch, verificationGuard },
        (state) => commitTransactionalOffsets(state, request, apiVersion, commit, maxSize),
      )
    }
    // Kafka verifies before it looks for the coordinator's state, which gives other errors.
    const verified =
      groupId === ''
        ? ApiError.of(ErrorCode.InvalidGroupId)
        : verifyTransaction(this.partitionFor(groupId), request, apiVersion)
    return settle(flatMapOutcome(verified, write), (error) =>
      refuseCommit(commit, txnCommitError(error, apiVersion)),
    )
  }

  /**
   * Ends the transaction of a producer in a partition of `__consumer_offsets` (WriteTxnMarkers).
   * The offsets that it committed take effect, or are dropped. Errors are those of the log.
   */
  completeTransaction(
    partition: number,
    producer: TransactionalProducer,
    marker: EndMarker,
  ): Outcome<undefined> {
    const led = this.#runtime.partition(partition)
    return led instanceof ApiError ? led : led.endTransaction(producer, marker, undefined)
  }

  offsetFetch(
    request: RequestOf<typeof OffsetFetch>,
    { apiVersion, connection }: GroupRequestContext,
  ): ResponseBody<typeof OffsetFetch> | Promise<ResponseBody<typeof OffsetFetch>> {
    const { topics: lookup } = this.#options
    const options: FetchOptions = { apiVersion, requireStable: request.requireStable, lookup }
    const found = requestedGroups(request, apiVersion).map((group) => {
      const { groupId, memberId } = group
      const partition = this.#partition(groupId)
      if (memberId !== null) this.#bind(partition, { groupId, memberId }, connection)
      return fetchGroup(partition, group, options)
    })
    return whenAll(found, (groups) => fetchResponse(groups, apiVersion))
  }

  offsetDelete(
    request: RequestOf<typeof OffsetDelete>,
  ): ResponseBody<typeof OffsetDelete> | Promise<ResponseBody<typeof OffsetDelete>> {
    const { topics } = this.#options
    const partition = this.#partitionOfMembers(request.groupId)
    return settle(
      partition instanceof ApiError
        ? partition
        : partition.write((state) => deleteOffsets(state, topics, request)),
      refuseDelete,
    )
  }

  describeGroups(
    request: RequestOf<typeof DescribeGroups>,
    { apiVersion }: GroupRequestContext,
  ): ResponseBody<typeof DescribeGroups> | Promise<ResponseBody<typeof DescribeGroups>> {
    const described = request.groups.map((groupId) => {
      const partition = this.#partition(groupId)
      const outcome: Outcome<DescribedGroup> =
        partition instanceof ApiError
          ? partition
          : partition.read(({ groups }) => describeGroup(groups, groupId, apiVersion))
      return settle(outcome, (error) => refuseDescription(groupId, error))
    })
    return whenAll(described, (groups) => ({ groups }))
  }

  /** Returns the groups of all partitions that this broker leads. */
  listGroups(
    request: RequestOf<typeof ListGroups>,
  ): ResponseBody<typeof ListGroups> | Promise<ResponseBody<typeof ListGroups>> {
    const listed = [...this.#runtime.partitions].map((partition) =>
      settle<readonly ListedGroup[]>(
        partition.read(({ groups }) => listGroups(groups.values(), request)),
        () => [],
      ),
    )
    return whenAll(listed, (groups) => ({
      errorCode: ErrorCode.None,
      groups: groups.flat(),
    }))
  }

  /** The groups of one partition are deleted with one batch. */
  deleteGroups(
    request: RequestOf<typeof DeleteGroups>,
  ): ResponseBody<typeof DeleteGroups> | Promise<ResponseBody<typeof DeleteGroups>> {
    const byPartition = new Map<GroupPartition | ApiError, string[]>()
    for (const groupId of new Set(request.groupsNames)) {
      const partition = this.#partition(groupId)
      const groupIds = byPartition.get(partition)
      if (groupIds === undefined) byPartition.set(partition, [groupId])
      else groupIds.push(groupId)
    }
    const deleted = [...byPartition].map(([partition, groupIds]) =>
      settle<readonly DeletedGroup[]>(
        partition instanceof ApiError
          ? partition
          : partition.write((state) => deleteGroups(state, groupIds)),
        ({ errorCode }) => groupIds.map((groupId) => ({ groupId, errorCode })),
      ),
    )
    return whenAll(deleted, (results) => ({ results: results.flat() }))
  }

  /**
   * Returns the partition of a group that may have members. Only committed offsets may have the
   * empty group id.
   */
  #partitionOfMembers(groupId: string): GroupPartition | ApiError {
    return groupId === '' ? ApiError.of(ErrorCode.InvalidGroupId) : this.#partition(groupId)
  }

  #partition(groupId: string): GroupPartition | ApiError {
    return this.#runtime.partition(this.partitionFor(groupId))
  }

  /** Binds the connection to the member, whatever the response is. */
  #bind(
    partition: GroupPartition | ApiError,
    { groupId, memberId }: { readonly groupId: string; readonly memberId: string },
    connection: GroupConnection,
  ): void {
    if (partition instanceof ApiError || !this.#options.expireMembersOfClosedConnections) return
    partition.state.groups.get(groupId)?.bindConnection(memberId, connection)
  }
}

function fetchGroup(
  partition: GroupPartition | ApiError,
  group: RequestGroup,
  options: FetchOptions,
): ResponseGroup | Promise<ResponseGroup> {
  return settle(
    partition instanceof ApiError
      ? partition
      : partition.read((state) => fetchOffsets(state, group, options)),
    (error) => refuseFetch(group, error, options.apiVersion),
  )
}
