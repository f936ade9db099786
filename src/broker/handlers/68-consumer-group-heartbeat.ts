import { ErrorCode } from '../../protocol/error-code.ts'
import type { ConsumerGroupHeartbeat } from '../../protocol/messages/68-consumer-group-heartbeat.ts'
import { isConsumerProtocolEnabled } from '../group-protocols.ts'
import type { Handler } from './handler.ts'

/**
 * ConsumerGroupHeartbeat (68): lets a member join, stay in and leave a consumer group, and assigns
 * partitions to it (KIP-848).
 *
 *   v1  subscription by regular expression; the member chooses its id (KIP-848, KIP-1082)
 */
export const consumerGroupHeartbeat: Handler<typeof ConsumerGroupHeartbeat> = (
  request,
  context,
) => {
  const { services } = context
  if (isConsumerProtocolEnabled(services)) {
    const response = services.groups.consumer.heartbeat(request, context)
    // A negative epoch means that the member leaves.
    if (request.memberEpoch < 0) services.parkedFetches.release(context)
    return response
  }
  return { errorCode: ErrorCode.UnsupportedVersion, memberEpoch: 0, heartbeatIntervalMs: 0 }
}
