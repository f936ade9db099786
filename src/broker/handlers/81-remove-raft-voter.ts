import type { RemoveRaftVoter } from '../../protocol/messages/81-remove-raft-voter.ts'
import type { Handler } from './handler.ts'

/**
 * RemoveRaftVoter (81): removes a voter from the metadata quorum (KIP-853). The voters are fixed,
 * as in a cluster with `kraft.version` 0: each request is refused. Version 0.
 */
export const removeRaftVoter: Handler<typeof RemoveRaftVoter> = (request, { services }) =>
  services.controller.removeVoter(request)
