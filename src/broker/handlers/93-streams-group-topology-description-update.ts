import { ErrorCode } from '../../protocol/error-code.ts'
import type { StreamsGroupTopologyDescriptionUpdate } from '../../protocol/messages/93-streams-group-topology-description-update.ts'
import { isStreamsProtocolEnabled } from '../group-protocols.ts'
import type { Handler } from './handler.ts'

/**
 * StreamsGroupTopologyDescriptionUpdate (93): stores the description of a topology, if the broker
 * has a store (`group.streams.topology.description.plugin.class`, KIP-1331).
 *
 * Authorization is not emulated.
 */
export const streamsGroupTopologyDescriptionUpdate: Handler<
  typeof StreamsGroupTopologyDescriptionUpdate
> = (request, { services }) =>
  isStreamsProtocolEnabled(services)
    ? services.groups.streams.updateDescription(request)
    : { errorCode: ErrorCode.UnsupportedVersion }
