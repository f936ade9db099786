import type { ShareGroupDescribe } from '../../protocol/messages/77-share-group-describe.ts'
import { unsupportedShareGroup } from '../../coordinator/group/share/describe-share-group.ts'
import { withGroupOperations } from '../group-operations.ts'
import { isShareProtocolEnabled } from '../group-protocols.ts'
import type { Handler } from './handler.ts'

/** ShareGroupDescribe (77): epochs, assignor and members of share groups (KIP-932). */
export const shareGroupDescribe: Handler<typeof ShareGroupDescribe> = (request, { services }) => {
  if (!isShareProtocolEnabled(services)) {
    return { groups: request.groupIds.map(unsupportedShareGroup) }
  }
  const described = services.groups.share.describe(request)
  return withGroupOperations(described, request.includeAuthorizedOperations)
}
