import type { InitializeShareGroupState } from '../../protocol/messages/83-initialize-share-group-state.ts'
import type { Handler } from './handler.ts'

/**
 * InitializeShareGroupState (83): creates or resets the state of share partitions (KIP-932). The
 * group coordinator sends it to share coordinators.
 */
export const initializeShareGroupState: Handler<typeof InitializeShareGroupState> = (
  request,
  { services },
) => services.shareCoordinator.initializeState(request)
