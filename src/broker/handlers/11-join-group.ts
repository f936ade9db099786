import type { JoinGroup } from '../../protocol/messages/11-join-group.ts'
import type { Handler } from './handler.ts'

/**
 * JoinGroup (11): enters a classic group, or its next generation. Answered when the members have come together.
 *
 *   v1  rebalanceTimeoutMs apart from the session's
 *   v4  a new member has to come back with the id it is given (KIP-394)
 *   v5  static members (KIP-345)
 *   v9  a static leader may skip the assignment (KIP-814)
 */
export const joinGroup: Handler<typeof JoinGroup> = (request, context) =>
  context.services.groups.joinGroup(request, context)
