import { ErrorCode } from '../../protocol/error-code.ts'
import type { DescribeGroups } from '../../protocol/messages/index.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { EMPTY_ASSIGNMENT } from './classic-member.ts'
import type { GroupShard } from './group-shard.ts'

type DescribedGroup = ResponseBody<typeof DescribeGroups>['groups'][number]

/** From this version on an unknown group is called that; before, it was dead (KIP-1043). */
const GROUP_ID_NOT_FOUND_VERSION = 6

/** Describes one group. The protocol, and what the members said to each other, is settled in the stable state only. */
export function describeGroup(
  shard: GroupShard | ErrorCode,
  groupId: string,
  apiVersion: number,
): DescribedGroup {
  if (typeof shard === 'number') return { ...noGroup(groupId, ''), errorCode: shard }
  const group = shard.groups.get(groupId)
  if (group !== undefined) return describe(group)
  const dead = noGroup(groupId, ClassicGroupState.Dead)
  if (apiVersion < GROUP_ID_NOT_FOUND_VERSION) return dead
  return {
    ...dead,
    errorCode: ErrorCode.GroupIdNotFound,
    errorMessage: `Group ${groupId} not found.`,
  }
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
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: protocolName === null ? EMPTY_ASSIGNMENT : member.metadata(protocolName),
      memberAssignment: member.assignment,
    })),
  }
}
