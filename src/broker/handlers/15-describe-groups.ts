import type { DescribeGroups } from '../../protocol/messages/15-describe-groups.ts'
import { withGroupOperations } from '../group-operations.ts'
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
  return withGroupOperations(described, request.includeAuthorizedOperations)
}
