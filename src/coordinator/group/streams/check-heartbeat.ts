import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { StreamsGroupHeartbeat } from '../../../protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { JOIN_EPOCH, STATIC_LEAVE_EPOCH } from './streams-member.ts'

type HeartbeatRequest = RequestOf<typeof StreamsGroupHeartbeat>

/** Returns an error if the request contradicts itself, whatever the state of the group is. */
export function checkHeartbeat(request: HeartbeatRequest): ApiError | undefined {
  const { topology, memberEpoch } = request
  if (topology?.subtopologies.some(({ sourceTopicRegex }) => sourceTopicRegex.length > 0)) {
    return invalid('Regular expressions for source topics are not supported yet.')
  }
  if (isBlank(request.memberId)) return invalid("MemberId can't be empty.")
  if (isBlank(request.groupId)) return invalid("GroupId can't be empty.")
  if (isBlank(request.instanceId)) return invalid("InstanceId can't be empty.")
  if (isBlank(request.rackId)) return invalid("RackId can't be empty.")
  if (memberEpoch === JOIN_EPOCH) {
    const error = checkJoin(request)
    if (error !== undefined) return error
  } else if (memberEpoch === STATIC_LEAVE_EPOCH) {
    if (request.instanceId === null) return invalid("InstanceId can't be null.")
  } else if (memberEpoch < STATIC_LEAVE_EPOCH) {
    return invalid(`MemberEpoch is ${memberEpoch}, but must be greater than or equal to -2.`)
  }
  const { activeTasks, standbyTasks, warmupTasks } = request
  const roles = [activeTasks, standbyTasks, warmupTasks]
  if (roles.some((tasks) => tasks !== null) && roles.includes(null)) {
    return invalid('If one task-type is non-null, all must be non-null.')
  }
  if (memberEpoch !== JOIN_EPOCH && topology !== null) {
    return invalid('Topology can only be provided when (re-)joining.')
  }
  return undefined
}

function checkJoin(request: HeartbeatRequest): ApiError | undefined {
  const { rebalanceTimeoutMs, activeTasks, standbyTasks, warmupTasks, topology } = request
  if (rebalanceTimeoutMs === -1) {
    return invalid('RebalanceTimeoutMs must be provided in first request.')
  }
  if (activeTasks?.length !== 0) return invalid('ActiveTasks must be empty when (re-)joining.')
  if (standbyTasks?.length !== 0) return invalid('StandbyTasks must be empty when (re-)joining.')
  if (warmupTasks?.length !== 0) return invalid('WarmupTasks must be empty when (re-)joining.')
  if (topology === null) return invalid('Topology must be non-null when (re-)joining.')
  const changelog = topology.subtopologies
    .flatMap(({ stateChangelogTopics }) => stateChangelogTopics)
    .find(({ partitions }) => partitions !== 0)
  if (changelog === undefined) return undefined
  return new ApiError(
    ErrorCode.StreamsInvalidTopology,
    `Changelog topic ${changelog.name} must have an undefined partition count, but it is set to ${changelog.partitions}.`,
  )
}

function isBlank(value: string | null): boolean {
  return value !== null && value.trim() === ''
}

function invalid(message: string): ApiError {
  return new ApiError(ErrorCode.InvalidRequest, message)
}
