import type { Outcome } from '../../runtime/outcome.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { JoinGroupRequest, JoinGroupResponse } from './classic-member.ts'

/** A JoinGroup in progress. */
export interface Joining {
  readonly context: GroupContext
  readonly group: ClassicGroup
  readonly request: JoinGroupRequest
  /** The version, client and connection of the request. */
  readonly origin: GroupRequestContext
  readonly reply: (response: Outcome<JoinGroupResponse>) => void
}
