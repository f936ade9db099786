import type { ListGroups } from '../../protocol/messages/16-list-groups.ts'
import type { Handler } from './handler.ts'

/**
 * ListGroups (16): returns the groups of this coordinator.
 *
 *   v4  by state (KIP-518)
 *   v5  by type (KIP-848)
 */
export const listGroups: Handler<typeof ListGroups> = (request, { services }) =>
  services.groups.admin.listGroups(request)
