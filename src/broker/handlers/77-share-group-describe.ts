import { ErrorCode } from '../../protocol/error-code.ts'
import type { ShareGroupDescribe } from '../../protocol/messages/77-share-group-describe.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import { unsupportedShareGroup } from '../../coordinator/group/share/describe-share-group.ts'
import { authorizedOperations } from '../authorized-operations.ts'
import { isShareProtocolEnabled } from '../group-protocols.ts'
import type { Handler } from './handler.ts'

/** ShareGroupDescribe (77): epochs, assignor and members of share groups (KIP-932). */
export const shareGroupDescribe: Handler<typeof ShareGroupDescribe> = (request, { services }) => {
  if (!isShareProtocolEnabled(services)) {
    return { groups: request.groupIds.map(unsupportedShareGroup) }
  }
  const described = services.groups.share.describe(request)
  if (!request.includeAuthorizedOperations) return described
  return described instanceof Promise ? described.then(withOperations) : withOperations(described)
}

function withOperations({ groups }: ResponseBody<typeof ShareGroupDescribe>) {
  return {
    groups: groups.map((group) =>
      group.errorCode === ErrorCode.None
        ? { ...group, authorizedOperations: authorizedOperations('group', true) }
        : group,
    ),
  }
}
