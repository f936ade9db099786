import type { SyncGroup } from '../../protocol/messages/14-sync-group.ts'
import type { Handler } from './handler.ts'

/**
 * SyncGroup (14): accepts the assignment of a generation from its leader, and returns each member's
 * part.
 *
 *   v3  static members (KIP-345)
 *   v5  the protocol is checked (KIP-559)
 */
export const syncGroup: Handler<typeof SyncGroup> = (request, context) =>
  context.services.groups.classic.syncGroup(request, context)
