import type { OffsetDelete } from '../../protocol/messages/47-offset-delete.ts'
import type { Handler } from './handler.ts'

/**
 * OffsetDelete (47): deletes offsets of a group, of topics that no member is subscribed to
 * (KIP-496).
 */
export const offsetDelete: Handler<typeof OffsetDelete> = (request, { services }) =>
  services.groups.offsets.offsetDelete(request)
