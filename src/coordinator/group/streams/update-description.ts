import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { StreamsGroupTopologyDescriptionUpdate } from '../../../protocol/messages/93-streams-group-topology-description-update.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import { flatMapOutcome } from '../../runtime/outcome.ts'
import type { GroupPartition } from '../group-partitions.ts'
import { findStreamsGroup } from './find-streams-group.ts'
import type { StreamsGroup } from './streams-group.ts'
import { groupMetadataRecord } from './streams-records.ts'
import { parseDescription } from './topology-description.ts'

type UpdateRequest = RequestOf<typeof StreamsGroupTopologyDescriptionUpdate>

/** In place of a stored topology epoch: the store may have any description, or none. */
const UNCERTAIN_EPOCH = -2

/**
 * Stores the description that a member sends, and then notes its epoch in the group (Kafka's
 * `streamsGroupTopologyDescriptionUpdate`). Meanwhile the epoch is uncertain.
 */
export function updateDescription(
  partition: GroupPartition,
  request: UpdateRequest,
): Outcome<undefined> {
  const { groupId, topologyEpoch } = request
  const { context } = partition.state
  if (context.topologyDescriptions === undefined) {
    return new ApiError(
      ErrorCode.UnsupportedVersion,
      'The broker has no streams group topology description plugin configured.',
    )
  }
  if (isBlank(request.memberId)) return invalid("MemberId can't be empty.")
  if (isBlank(groupId)) return invalid("GroupId can't be empty.")
  const group = checkUpdate(findStreamsGroup(context.groups, groupId), request)
  if (group instanceof ApiError) return group
  const description = parseDescription(request.topologyDescription)
  if (description instanceof ApiError) return description
  return flatMapOutcome(writeEpoch(partition, groupId, UNCERTAIN_EPOCH), () => {
    context.topologyDescriptions?.set(groupId, topologyEpoch, description)
    return writeEpoch(partition, groupId, topologyEpoch)
  })
}

function checkUpdate(
  group: StreamsGroup | ApiError,
  { memberId, topologyEpoch }: UpdateRequest,
): StreamsGroup | ApiError {
  if (group instanceof ApiError) return group
  const member = group.member(memberId)
  if (member instanceof ApiError) return member
  const current = group.topology?.epoch ?? -1
  if (topologyEpoch === current) return group
  return invalid(
    `Topology epoch ${topologyEpoch} does not match the group's current topology epoch ${current}.`,
  )
}

function isBlank(value: string): boolean {
  return value.trim() === ''
}

function invalid(message: string): ApiError {
  return new ApiError(ErrorCode.InvalidRequest, message)
}

function writeEpoch(
  partition: GroupPartition,
  groupId: string,
  storedDescriptionTopologyEpoch: number,
): Outcome<undefined> {
  return partition.write(({ groups }) => {
    const group = findStreamsGroup(groups, groupId)
    if (group instanceof ApiError) return group
    const { metadata } = group
    const isWritten = metadata.storedDescriptionTopologyEpoch === storedDescriptionTopologyEpoch
    const record = groupMetadataRecord(groupId, { ...metadata, storedDescriptionTopologyEpoch })
    return { records: isWritten ? [] : [record], response: undefined }
  })
}
