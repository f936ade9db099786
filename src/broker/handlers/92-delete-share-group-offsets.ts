import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { DeleteShareGroupOffsets } from '../../protocol/messages/92-delete-share-group-offsets.ts'
import { refuseDeletion } from '../../coordinator/group/share/delete-share-offsets.ts'
import { isShareProtocolEnabled } from '../group-protocols.ts'
import type { Handler } from './handler.ts'

/**
 * DeleteShareGroupOffsets (92): deletes the offsets of topics in a share group without members
 * (KIP-932).
 */
export const deleteShareGroupOffsets: Handler<typeof DeleteShareGroupOffsets> = (
  request,
  { services },
) => {
  if (isShareProtocolEnabled(services)) return services.groups.share.offsets.delete(request)
  return refuseDeletion(ApiError.of(ErrorCode.UnsupportedVersion))
}
