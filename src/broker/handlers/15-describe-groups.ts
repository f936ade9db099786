import { ErrorCode } from '../../protocol/error-code.ts'
import type { DescribeGroups } from '../../protocol/messages/15-describe-groups.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import { authorizedOperations } from '../authorized-operations.ts'
import type { Handler } from './handler.ts'

/**
 * DescribeGroups (15): state and members of classic groups.
 *
 *   v3  authorized operations (KIP-430)
 *   v4  static members (KIP-345)
 *   v6  an unknown group is an error (KIP-1043)
 */
export const describeGroups: Handler<typeof DescribeGroups> = (request, context) => {
  const described = context.services.groups.admin.describeGroups(request, context)
  if (!request.includeAuthorizedOperations) return described
  return described instanceof Promise ? described.then(withOperations) : withOperations(described)
}

function withOperations({ groups }: ResponseBody<typeof DescribeGroups>) {
  return {
    groups: groups.map((group) => {
      const isKnown = group.errorCode === ErrorCode.None
      return { ...group, authorizedOperations: authorizedOperations('group', isKnown) }
    }),
  }
}
