import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { ConsumerGroupDescribe } from '../../protocol/messages/69-consumer-group-describe.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import { refuseConsumerGroup } from '../../coordinator/group/consumer/describe.ts'
import { authorizedOperations } from '../authorized-operations.ts'
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
  if (!request.includeAuthorizedOperations) return described
  return described instanceof Promise ? described.then(withOperations) : withOperations(described)
}

function withOperations({ groups }: ResponseBody<typeof ConsumerGroupDescribe>) {
  return {
    groups: groups.map((group) =>
      group.errorCode === ErrorCode.None
        ? { ...group, authorizedOperations: authorizedOperations('group', true) }
        : group,
    ),
  }
}
