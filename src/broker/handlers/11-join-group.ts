import type { JoinGroup } from '../../protocol/messages/11-join-group.ts'
import type { Handler } from './handler.ts'

/**
 * JoinGroup (11): adds a member to a classic group, or to its next generation. The response is sent
 * when all members have joined.
 *
 *   v1  rebalanceTimeoutMs, separate from the session timeout
 *   v4  a new member must join again with the id that it gets (KIP-394)
 *   v5  static members (KIP-345)
 *   v9  a static leader may skip the assignment (KIP-814)
 */
export const joinGroup: Handler<typeof JoinGroup> = (request, context) =>
  context.services.groups.classic.joinGroup(request, context)
