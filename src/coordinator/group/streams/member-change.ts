import type { StreamsMember } from './streams-member.ts'

/** The member before and after a heartbeat. */
export interface MemberChange {
  readonly before: StreamsMember
  readonly after: StreamsMember
  /** The static member that it replaced. */
  readonly replaced: StreamsMember | undefined
}
