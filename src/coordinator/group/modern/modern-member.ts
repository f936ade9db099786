import { MemberState } from './member-state.ts'

/** A member of a group whose coordinator assigns partitions (Kafka's `ModernGroupMember`). */
export interface ModernMember {
  readonly memberId: string
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly state: MemberState
  /** `null` for a dynamic member (KIP-345). */
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly subscribedTopicNames: ReadonlySet<string>
}

/** Whether the member has reached the target assignment of an epoch. */
export function isReconciledTo(
  { state, memberEpoch }: ModernMember,
  targetAssignmentEpoch: number,
): boolean {
  return state === MemberState.Stable && memberEpoch === targetAssignmentEpoch
}
