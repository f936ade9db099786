import type { AddRaftVoter } from '../../protocol/messages/80-add-raft-voter.ts'
import type { Handler } from './handler.ts'

/**
 * AddRaftVoter (80): adds a voter to the metadata quorum (KIP-853). Every broker is a voter, and
 * `kraft.version` is 0, so the voters are fixed: each request is refused.
 *
 *   v1  the response may be sent when the leader has the record (KIP-1186)
 */
export const addRaftVoter: Handler<typeof AddRaftVoter> = (request, { services }) =>
  services.controller.addVoter(request)
