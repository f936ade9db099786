import type { MetadataDelta } from '../../controller/metadata-image.ts'
import type { Uuid } from '../../platform/uuid.ts'
import type { ApiError } from '../../protocol/api-error.ts'
import type { ListGroups } from '../../protocol/messages/index.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import type { GroupConnection } from './group-request-context.ts'
import type { GroupRecord } from './group-records.ts'
import type { GroupSnapshot } from './group-snapshot.ts'
import type { GroupType } from './group-type.ts'
import type { CommittedOffset } from './offsets/committed-offset.ts'

export type ListedGroup = ResponseBody<typeof ListGroups>['groups'][number]

/** The member that commits an offset, according to the request. */
export interface Committer {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationIdOrMemberEpoch: number
}

/** The request that commits an offset. */
export interface CommitOrigin {
  /** Whether it is TxnOffsetCommit. */
  readonly isTransactional: boolean
  readonly apiVersion: number
}

/**
 * Returns an error if the member may not commit an offset of the partition (Kafka's
 * `CommitPartitionValidator`).
 */
export type PartitionValidator = (
  topic: string,
  topicId: Uuid,
  partition: number,
) => ApiError | undefined

/** Returns the start of the retention time of an offset, in milliseconds since the epoch. */
export type RetentionStart = (committed: CommittedOffset) => number

/** A group of any kind (Kafka's `Group`), as the rest of the coordinator sees it. */
export interface Group {
  readonly groupId: string
  readonly type: GroupType
  /** Whether it has no members. */
  readonly isEmpty: boolean
  asListed(): ListedGroup
  /** Returns what the group looks like now. */
  snapshot(): GroupSnapshot
  isSubscribedTo(topic: string): boolean
  /**
   * Makes the members rebalance, because the program that runs the broker asks for it: a classic
   * group asks all members to join again, the others increase their epoch. Returns the records.
   *
   * @param cause in words
   */
  rebalance(cause: string): GroupRecord[]
  /** Whether it is deleted when it has had neither members nor offsets for long. */
  readonly expires: boolean
  /**
   * Returns an error if the group does not accept the commit; a validator if it depends on the
   * partition; `undefined` if the group accepts all of it.
   */
  validateOffsetCommit(
    committer: Committer,
    origin: CommitOrigin,
  ): ApiError | PartitionValidator | undefined
  /** Returns an error if the member may not fetch the offsets of the group. */
  validateOffsetFetch(memberId: string | null, memberEpoch: number): ApiError | undefined
  /** Returns an error if none of its offsets may be deleted. */
  validateOffsetDelete(): ApiError | undefined
  /** Returns an error if the group may not be deleted. */
  validateDelete(): ApiError | undefined
  /**
   * Returns how its offsets expire; `undefined` if they do not (Kafka's
   * `OffsetExpirationCondition`).
   */
  offsetRetention(): RetentionStart | undefined
  /** Returns the records that delete the group, without those of its offsets. */
  tombstones(): GroupRecord[]
  /** Called when a member has committed offsets, which counts as a heartbeat. */
  onOffsetsCommitted(memberId: string): void
  /** Called when the connection has carried a request of the member. */
  bindConnection(memberId: string, connection: GroupConnection): void
  /** Called after the cluster metadata has changed; absent if the group does not use it. */
  onMetadataChanged?(delta: MetadataDelta): void
  /** Called when the partition of the group is loaded. Starts the timers for its state. */
  onLoaded(): void
  /** Called when the group has been deleted. Stops its timers. */
  onDeleted(): void
  /**
   * Called when this broker no longer coordinates the group. Stops its timers, and answers waiting
   * requests with NOT_COORDINATOR.
   */
  onUnloaded(): void
}
