import type { Heartbeat } from '../../protocol/messages/12-heartbeat.ts'
import type { Handler } from './handler.ts'

/**
 * Heartbeat (12): keeps a member's session alive, and notifies it of a rebalance.
 *
 *   v3  static members (KIP-345)
 */
export const heartbeat: Handler<typeof Heartbeat> = (request, context) =>
  context.services.groups.classic.heartbeat(request, context)
