/**
 * A member to remove; `memberId` is empty for a static member that an administrator removes by its
 * instance id.
 */
export interface LeavingMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** For the timeline of the group (KIP-800). */
  readonly reason: string | null
}
