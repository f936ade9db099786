import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { ShareGroupHeartbeat } from '../../protocol/messages/76-share-group-heartbeat.ts'
import { refuseShareHeartbeat } from '../../coordinator/group/share/share-heartbeat.ts'
import { isShareProtocolEnabled } from '../group-protocols.ts'
import type { Handler } from './handler.ts'

/** Kafka allows member ids of this length, in UTF-16 units. */
const MAX_MEMBER_ID_LENGTH = 36

/**
 * ShareGroupHeartbeat (76): lets a member join, stay in and leave a share group, and assigns
 * partitions to it (KIP-932).
 */
export const shareGroupHeartbeat: Handler<typeof ShareGroupHeartbeat> = (request, context) => {
  const { services } = context
  if (!isShareProtocolEnabled(services)) {
    return refuseShareHeartbeat(ApiError.of(ErrorCode.UnsupportedVersion))
  }
  const { length } = request.memberId
  if (length === 0 || length > MAX_MEMBER_ID_LENGTH) {
    return refuseShareHeartbeat(ApiError.of(ErrorCode.InvalidRequest))
  }
  const response = services.groups.share.heartbeat(request, context)
  // A negative epoch means that the member leaves.
  if (request.memberEpoch < 0) services.parkedFetches.release(context)
  return response
}
