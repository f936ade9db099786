import type { ClassicGroup } from './classic-group.ts'
import type { JoinGroupRequest, JoinGroupResponse } from './classic-member.ts'
import type { GroupRequestContext } from './group-request-context.ts'
import type { GroupShard } from './group-shard.ts'

/** A JoinGroup on its way into its group. */
export interface Joining {
  readonly shard: GroupShard
  readonly group: ClassicGroup
  readonly request: JoinGroupRequest
  readonly context: GroupRequestContext
  readonly reply: (response: JoinGroupResponse) => void
}
