import type { LeaveGroup } from '../../protocol/messages/13-leave-group.ts'
import type { Handler } from './handler.ts'

/**
 * LeaveGroup (13): takes members out of a classic group, which rebalances.
 *
 *   v3  several members at once, static ones by their instance (KIP-345)
 *   v5  the reason (KIP-800)
 */
export const leaveGroup: Handler<typeof LeaveGroup> = (request, context) =>
  context.services.groups.leaveGroup(request, context)
