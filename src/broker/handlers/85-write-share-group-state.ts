import type { WriteShareGroupState } from '../../protocol/messages/85-write-share-group-state.ts'
import type { Handler } from './handler.ts'

/**
 * WriteShareGroupState (85): stores changes of share partitions for the leaders of the partitions
 * (KIP-932).
 *
 *   v1  the number of completed deliveries (KIP-1226)
 */
export const writeShareGroupState: Handler<typeof WriteShareGroupState> = (request, { services }) =>
  services.shareCoordinator.writeState(request)
