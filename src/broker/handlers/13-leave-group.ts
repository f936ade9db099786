import type { LeaveGroup } from '../../protocol/messages/13-leave-group.ts'
import type { Handler } from './handler.ts'

/**
 * LeaveGroup (13): removes members from a classic group, which then rebalances.
 *
 *   v3  several members at once, static ones by their instance id (KIP-345)
 *   v5  the reason (KIP-800)
 */
export const leaveGroup: Handler<typeof LeaveGroup> = (request, context) => {
  const { groups, parkedFetches } = context.services
  const response = groups.classic.leaveGroup(request, context)
  parkedFetches.release(context)
  return response
}
