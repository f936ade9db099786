import type { ReadShareGroupState } from '../../protocol/messages/84-read-share-group-state.ts'
import type { Handler } from './handler.ts'

/**
 * ReadShareGroupState (84): returns the state of share partitions to the leaders of the partitions,
 * and stores their leader epochs (KIP-932).
 */
export const readShareGroupState: Handler<typeof ReadShareGroupState> = (request, { services }) =>
  services.shareCoordinator.readState(request)
