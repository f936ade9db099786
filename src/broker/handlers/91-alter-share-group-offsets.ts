import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { AlterShareGroupOffsets } from '../../protocol/messages/91-alter-share-group-offsets.ts'
import { refuseAlteration } from '../../coordinator/group/share/alter-share-offsets.ts'
import { isShareProtocolEnabled } from '../group-protocols.ts'
import type { Handler } from './handler.ts'

/**
 * AlterShareGroupOffsets (91): resets the start offsets of a share group without members (KIP-932).
 */
export const alterShareGroupOffsets: Handler<typeof AlterShareGroupOffsets> = (
  request,
  { services },
) => {
  if (isShareProtocolEnabled(services)) return services.groups.share.offsets.alter(request)
  return refuseAlteration(ApiError.of(ErrorCode.UnsupportedVersion))
}
