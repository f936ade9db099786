import type { GroupType } from './group-type.ts'

/** A group of any kind at one moment. */
export interface GroupSnapshot {
  readonly groupId: string
  readonly type: GroupType
  /** The state of the group as in ListGroups. */
  readonly state: string
  /** The generation of a classic group; the group epoch of all others. */
  readonly epoch: number
  /** The reason why a streams group is `NotReady`, in Kafka's words; only if it is known. */
  readonly problem?: string | undefined
  readonly members: readonly MemberSnapshot[]
  /** The partitions that have share state, by the name of the topic; only of a share group. */
  readonly sharePartitions?: ReadonlyMap<string, readonly number[]>
}

/** A member of a group at one moment. */
export interface MemberSnapshot {
  readonly memberId: string
  /** `null` for a dynamic member (KIP-345). */
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** The generation or member epoch that the member has reached. */
  readonly epoch: number
  /** The partitions that the member owns, sorted, by the name of the topic. */
  readonly assignment: ReadonlyMap<string, readonly number[]>
}
