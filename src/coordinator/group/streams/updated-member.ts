import type { StreamsGroupHeartbeat } from '../../../protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import type { HeartbeatDraft } from './heartbeat-draft.ts'
import { JOIN_EPOCH, metadataValueOf, sameMetadata, sameTags } from './streams-member.ts'
import type { StreamsMember } from './streams-member.ts'

type HeartbeatRequest = RequestOf<typeof StreamsGroupHeartbeat>

/** Returns the member with the metadata of its request; what the request omits does not change. */
export function updatedMember(
  member: StreamsMember,
  request: HeartbeatRequest,
  { clientId, connection }: GroupRequestContext,
): StreamsMember {
  const { instanceId, rackId, rebalanceTimeoutMs, topology, processId, clientTags } = request
  const isJoining = request.memberEpoch === JOIN_EPOCH
  return {
    ...member,
    instanceId: instanceId ?? member.instanceId,
    rackId: rackId ?? member.rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    topologyEpoch: topology?.epoch ?? member.topologyEpoch,
    clientId: clientId ?? '',
    clientHost: `/${connection.clientHost}`,
    processId: processId ?? member.processId,
    userEndpoint: request.userEndpoint ?? (isJoining ? null : member.userEndpoint),
    clientTags:
      clientTags === null
        ? member.clientTags
        : new Map(clientTags.map((each) => [each.key, each.value])),
  }
}

/**
 * Writes the member's metadata if it has changed. Returns whether tasks must be assigned again: a
 * static member may come back with another address.
 */
export function writeMetadata(
  { group, request, records }: HeartbeatDraft,
  member: StreamsMember,
  updated: StreamsMember,
): boolean {
  if (sameMetadata(member, updated)) return false
  const { memberId } = updated
  records.push({
    kind: 'streamsGroupMemberMetadata',
    groupId: group.groupId,
    memberId,
    value: metadataValueOf(updated),
  })
  return (
    request.instanceId === null ||
    member.topologyEpoch !== updated.topologyEpoch ||
    member.rackId !== updated.rackId ||
    member.processId !== updated.processId ||
    !sameTags(member.clientTags, updated.clientTags)
  )
}
