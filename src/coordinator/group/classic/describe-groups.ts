import type { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { DescribeGroups } from '../../../protocol/messages/index.ts'
import type { ResponseBody } from '../../../protocol/schema/index.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { EMPTY_ASSIGNMENT } from './classic-member.ts'
import type { GroupContext } from '../group-context.ts'
import { findClassicGroup } from './find-classic-group.ts'

export type DescribedGroup = ResponseBody<typeof DescribeGroups>['groups'][number]

/** From this version on an unknown group is an error; before, it is dead (KIP-1043). */
const GROUP_ID_NOT_FOUND_VERSION = 6

/**
 * Describes one group. Protocol and metadata of the members are included only in the stable state.
 */
export function describeGroup(
  groups: GroupContext['groups'],
  groupId: string,
  apiVersion: number,
): DescribedGroup {
  const group = findClassicGroup({ groups }, groupId)
  if (group !== undefined) return describe(group)
  const dead = noGroup(groupId, ClassicGroupState.Dead)
  if (apiVersion < GROUP_ID_NOT_FOUND_VERSION) return dead
  return {
    ...dead,
    errorCode: ErrorCode.GroupIdNotFound,
    errorMessage: groups.has(groupId)
      ? `Group ${groupId} is not a classic group.`
      : `Group ${groupId} not found.`,
  }
}

/** Returns the description if the group has no available coordinator. */
export function refuseDescription(groupId: string, { errorCode }: ApiError): DescribedGroup {
  return { ...noGroup(groupId, ''), errorCode }
}

function noGroup(groupId: string, groupState: string): DescribedGroup {
  return {
    errorCode: ErrorCode.None,
    errorMessage: null,
    groupId,
    groupState,
    protocolType: '',
    protocolData: '',
    members: [],
  }
}

function describe(group: ClassicGroup): DescribedGroup {
  const protocolName = group.state === ClassicGroupState.Stable ? group.protocolName : null
  return {
    ...noGroup(group.groupId, group.state),
    protocolType: group.protocolType ?? '',
    protocolData: protocolName ?? '',
    members: [...group.members].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: protocolName === null ? EMPTY_ASSIGNMENT : member.metadata(protocolName),
      memberAssignment: member.assignment,
    })),
  }
}
