import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { StreamsGroupHeartbeat } from '../../../protocol/messages/88-streams-group-heartbeat.ts'
import type { ResponseBody } from '../../../protocol/schema/index.ts'
import type { HeartbeatDraft } from './heartbeat-draft.ts'
import type { MemberChange } from './member-change.ts'
import { JOIN_EPOCH, sameEndpoint } from './streams-member.ts'
import type { StreamsMember } from './streams-member.ts'
import { mergeTaskSets } from './tasks.ts'
import { partitionsOfTasks } from './topics/endpoint-partitions.ts'
import type { EndpointPartitions } from './transient-state.ts'

type Endpoints = Pick<
  ResponseBody<typeof StreamsGroupHeartbeat>,
  'endpointInformationEpoch' | 'partitionsByUserEndpoint'
>

/**
 * Returns the partitions of all endpoints if the member does not know the current ones, which
 * clients use for interactive queries. The epoch of a group that the request creates is 0.
 */
export function endpointsOf(
  draft: HeartbeatDraft,
  { before, after, replaced }: MemberChange,
  hasOtherTasks: boolean,
): Endpoints | ApiError {
  const { context, group, request } = draft
  const { transient, groupId } = group
  const isOtherEndpoint = !sameEndpoint(before.userEndpoint, after.userEndpoint)
  if (
    request.memberEpoch === JOIN_EPOCH ||
    hasOtherTasks ||
    isOtherEndpoint ||
    replaced !== undefined
  ) {
    transient.forgetEndpoint(after.memberId)
    if (replaced !== undefined) transient.forgetEndpoint(replaced.memberId)
  }
  if (isOtherEndpoint || (hasOtherTasks && after.userEndpoint !== null)) transient.endpointEpoch++
  const isKnown = transient.endpointEpoch === request.endpointInformationEpoch
  const partitionsByUserEndpoint = isKnown ? null : allEndpoints(draft, after, replaced)
  if (partitionsByUserEndpoint instanceof ApiError) return partitionsByUserEndpoint
  const endpointInformationEpoch = context.groups.has(groupId) ? transient.endpointEpoch : 0
  return { endpointInformationEpoch, partitionsByUserEndpoint }
}

/** As in Kafka, an endpoint is an unknown error as long as source topics are missing. */
function allEndpoints(
  { context: { image }, group }: HeartbeatDraft,
  updated: StreamsMember,
  replaced: StreamsMember | undefined,
): EndpointPartitions[] | ApiError {
  const { transient } = group
  const endpoints: EndpointPartitions[] = []
  const members = [...group.members.values()].filter(
    ({ memberId }) => memberId !== updated.memberId && memberId !== replaced?.memberId,
  )
  for (const { memberId, userEndpoint, assignedTasks } of [...members, updated]) {
    if (userEndpoint === null) continue
    const subtopologies = transient.configuredTopology?.subtopologies
    if (subtopologies === undefined) return ApiError.of(ErrorCode.UnknownServerError)
    const { active, standby, warmup } = assignedTasks
    const endpoint = transient.endpointOf(memberId, () => ({
      userEndpoint,
      activePartitions: partitionsOfTasks(active, subtopologies, image),
      standbyPartitions: partitionsOfTasks(mergeTaskSets(standby, warmup), subtopologies, image),
    }))
    endpoints.push(endpoint)
  }
  return endpoints
}
