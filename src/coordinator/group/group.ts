import type { ErrorCode } from '../../protocol/error-code.ts'
import type { ListGroups } from '../../protocol/messages/index.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import type { GroupConnection } from './group-request-context.ts'
import type { GroupRecord } from './group-records.ts'
import type { CommittedOffset } from './offsets/committed-offset.ts'

export type ListedGroup = ResponseBody<typeof ListGroups>['groups'][number]

/** The kinds of groups, by the names that ListGroups shows. */
export type GroupType = 'classic'

/** Who commits an offset, as the request says. */
export interface Committer {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationIdOrMemberEpoch: number
}

/** Returns since when the retention of an offset runs, in milliseconds since the epoch. */
export type RetentionStart = (committed: CommittedOffset) => number

/** A group of any kind (Kafka's `Group`): all that the rest of the coordinator knows of it. */
export interface Group {
  readonly groupId: string
  readonly type: GroupType
  /** Without members. */
  readonly isEmpty: boolean
  asListed(): ListedGroup
  isSubscribedTo(topic: string): boolean
  /** Returns `None` when the group takes the commit. */
  validateOffsetCommit(committer: Committer): ErrorCode
  /** Returns `None` when the member may fetch the offsets of the group. */
  validateOffsetFetch(memberId: string | null, memberEpoch: number): ErrorCode
  /** Returns `None` when offsets of topics that it does not subscribe to may be deleted. */
  validateOffsetDelete(): ErrorCode
  /** Returns `None` when the group may be deleted. */
  validateDelete(): ErrorCode
  /** Returns how its offsets expire; `undefined` while none does (Kafka's `OffsetExpirationCondition`). */
  offsetRetention(): RetentionStart | undefined
  /** Returns the records that delete the group, without those of its offsets. */
  tombstones(): GroupRecord[]
  /** A member has committed offsets, which counts as a heartbeat. */
  onOffsetsCommitted(memberId: string): void
  /** The connection has carried a request of the member. */
  bindConnection(memberId: string, connection: GroupConnection): void
  /** The partition of the group is loaded: starts the timers that its state asks for. */
  onLoaded(): void
  /** The group has been deleted: stops its timers. */
  onDeleted(): void
  /** This broker no longer coordinates the group: stops its timers, and sends everyone who waits to the next coordinator. */
  onUnloaded(): void
}
