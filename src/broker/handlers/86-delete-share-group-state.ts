import type { DeleteShareGroupState } from '../../protocol/messages/86-delete-share-group-state.ts'
import type { Handler } from './handler.ts'

/** DeleteShareGroupState (86): deletes the state of share partitions (KIP-932). */
export const deleteShareGroupState: Handler<typeof DeleteShareGroupState> = (
  request,
  { services },
) => services.shareCoordinator.deleteState(request)
