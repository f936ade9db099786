import { mapAnswer } from '../../controller/answer.ts'
import { refuseStreamsDescription } from '../../coordinator/group/streams/describe-streams-group.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { StreamsGroupDescribe } from '../../protocol/messages/89-streams-group-describe.ts'
import { withGroupOperations } from '../group-operations.ts'
import { isStreamsProtocolEnabled } from '../group-protocols.ts'
import type { Handler } from './handler.ts'

/**
 * StreamsGroupDescribe (89): epochs, topology and members of streams groups (KIP-1071).
 *
 *   v1  the description of the topology and the assignor (KIP-1331, KIP-1357)
 *
 * Authorization is not emulated.
 */
export const streamsGroupDescribe: Handler<typeof StreamsGroupDescribe> = (request, context) => {
  const { services } = context
  if (!isStreamsProtocolEnabled(services)) {
    const error = ApiError.of(ErrorCode.UnsupportedVersion)
    return { groups: request.groupIds.map((groupId) => refuseStreamsDescription(groupId, error)) }
  }
  const described = mapAnswer(services.groups.streams.describe(request), (groups) => ({ groups }))
  return withGroupOperations(described, request.includeAuthorizedOperations)
}
