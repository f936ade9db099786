import type { ApiError } from '../../protocol/api-error.ts'
import type { ListGroups } from '../../protocol/messages/index.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import type { GroupConnection } from './group-request-context.ts'
import type { GroupRecord } from './group-records.ts'
import type { CommittedOffset } from './offsets/committed-offset.ts'

export type ListedGroup = ResponseBody<typeof ListGroups>['groups'][number]

/** The kinds of groups, with their names in ListGroups. */
export type GroupType = 'classic'

/** The member that commits an offset, according to the request. */
export interface Committer {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationIdOrMemberEpoch: number
}

/** Returns the start of the retention time of an offset, in milliseconds since the epoch. */
export type RetentionStart = (committed: CommittedOffset) => number

/** A group of any kind (Kafka's `Group`), as the rest of the coordinator sees it. */
export interface Group {
  readonly groupId: string
  readonly type: GroupType
  /** Whether it has no members. */
  readonly isEmpty: boolean
  asListed(): ListedGroup
  isSubscribedTo(topic: string): boolean
  /** Returns an error if the group does not accept the commit. */
  validateOffsetCommit(committer: Committer, isTransactional: boolean): ApiError | undefined
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
