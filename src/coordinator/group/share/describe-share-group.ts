import type { MetadataImage } from '../../../controller/metadata-image.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../../../protocol/error-code.ts'
import type { ShareGroupDescribe } from '../../../protocol/messages/index.ts'
import type { ResponseBody } from '../../../protocol/schema/index.ts'
import type { GroupContext } from '../group-context.ts'
import { findShareGroup } from './find-share-group.ts'
import type { ShareMember } from './share-member.ts'

export type DescribedShareGroup = ResponseBody<typeof ShareGroupDescribe>['groups'][number]

/** The name of the only assignor. */
const ASSIGNOR_NAME = 'simple'

/** Describes a share group (Kafka's `shareGroupDescribe`). */
export function describeShareGroup(
  context: GroupContext,
  groupId: string,
): DescribedShareGroup | ApiError {
  const group = findShareGroup(context, groupId)
  if (group instanceof ApiError) return group
  return {
    errorCode: ErrorCode.None,
    errorMessage: null,
    groupId,
    groupState: group.state,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: ASSIGNOR_NAME,
    members: Array.from(group.members.values(), (member) => describeMember(member, context.image)),
  }
}

/** Returns the description of a group that cannot be described. */
export function refuseShareDescription(
  groupId: string,
  { errorCode, message }: ApiError,
): DescribedShareGroup {
  if (errorCode === ErrorCode.InvalidGroupId) return undescribed('', errorCode, null)
  return undescribed(groupId, errorCode, message ?? errorMessage(errorCode))
}

/** Returns the description of a group in a cluster without share groups. */
export function unsupportedShareGroup(groupId: string): DescribedShareGroup {
  return undescribed(groupId, ErrorCode.UnsupportedVersion, null)
}

/** Topics that do not exist any more are left out. */
function describeMember(
  member: ShareMember,
  { topicsById }: Pick<MetadataImage, 'topicsById'>,
): DescribedShareGroup['members'][number] {
  const { memberId, rackId, memberEpoch, clientId, clientHost, subscribedTopicNames } = member
  const topicPartitions = [...member.assigned].flatMap(([topicId, partitions]) => {
    const topicName = topicsById.get(topicId)?.name
    return topicName === undefined ? [] : [{ topicId, topicName, partitions: [...partitions] }]
  })
  return {
    memberId,
    rackId,
    memberEpoch,
    clientId,
    clientHost,
    subscribedTopicNames: [...subscribedTopicNames],
    assignment: { topicPartitions },
  }
}

function undescribed(
  groupId: string,
  errorCode: ErrorCode,
  text: string | null,
): DescribedShareGroup {
  return {
    errorCode,
    errorMessage: text,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
  }
}
