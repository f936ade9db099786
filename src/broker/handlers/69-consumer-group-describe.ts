import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { ConsumerGroupDescribe } from '../../protocol/messages/69-consumer-group-describe.ts'
import { refuseConsumerGroup } from '../../coordinator/group/consumer/describe.ts'
import { withGroupOperations } from '../group-operations.ts'
import { isConsumerProtocolEnabled } from '../group-protocols.ts'
import type { Handler } from './handler.ts'

/**
 * ConsumerGroupDescribe (69): epochs, assignor and members of consumer groups (KIP-848).
 *
 *   v1  the type of a member (KIP-1099)
 */
export const consumerGroupDescribe: Handler<typeof ConsumerGroupDescribe> = (
  request,
  { services },
) => {
  if (!isConsumerProtocolEnabled(services)) {
    const error = ApiError.of(ErrorCode.UnsupportedVersion)
    return { groups: request.groupIds.map((groupId) => refuseConsumerGroup(groupId, error)) }
  }
  const described = services.groups.consumer.describe(request)
  return withGroupOperations(described, request.includeAuthorizedOperations)
}
