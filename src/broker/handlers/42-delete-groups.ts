import type { DeleteGroups } from '../../protocol/messages/42-delete-groups.ts'
import type { Handler } from './handler.ts'

/** DeleteGroups (42): deletes groups without members, and their offsets (KIP-229). */
export const deleteGroups: Handler<typeof DeleteGroups> = (request, { services }) =>
  services.groups.admin.deleteGroups(request)
