import type { OffsetDelete } from '../../protocol/messages/47-offset-delete.ts'
import type { Handler } from './handler.ts'

/** OffsetDelete (47): forgets offsets of a group, of topics that none of its members reads (KIP-496). */
export const offsetDelete: Handler<typeof OffsetDelete> = (request, { services }) =>
  services.groups.offsetDelete(request)
