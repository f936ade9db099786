import type { CreatableTopic } from '../../../controller/operations.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { StreamsGroupHeartbeat } from '../../../protocol/messages/88-streams-group-heartbeat.ts'
import type { ResponseBody } from '../../../protocol/schema/index.ts'
import type { TopologyState } from './configure-topology.ts'
import { endpointsOf } from './endpoints.ts'
import { addStatus } from './heartbeat-draft.ts'
import { spreadHeartbeats } from '../spread-heartbeats.ts'
import type { HeartbeatDraft } from './heartbeat-draft.ts'
import { HeartbeatStatus } from './heartbeat-status.ts'
import type { MemberChange } from './member-change.ts'
import { RACK_AWARE_TAGS } from './streams-config.ts'
import { JOIN_EPOCH, MemberState } from './streams-member.ts'
import type { StreamsMember } from './streams-member.ts'
import type { StreamsTopology } from './streams-topology.ts'
import { sameAssignedTasks, taskIdsOf } from './tasks.ts'

type HeartbeatResponse = ResponseBody<typeof StreamsGroupHeartbeat>

/** A response, and the work for the broker that follows. */
export interface HeartbeatResult {
  readonly response: HeartbeatResponse
  /** Internal topics of the topology that do not exist yet. */
  readonly topicsToCreate: ReadonlyMap<string, CreatableTopic>
}

/** Returns the response to a member: its tasks if they have changed, and what it must know. */
export function heartbeatResponse(
  draft: HeartbeatDraft,
  { configured, topology }: TopologyState,
  configs: ReadonlyMap<string, string>,
  change: MemberChange,
  apiVersion: number,
): HeartbeatResult | ApiError {
  const { request, config, statuses } = draft
  const { before, after } = change
  const isJoining = request.memberEpoch === JOIN_EPOCH
  const hasOtherTasks = !sameAssignedTasks(before.assignedTasks, after.assignedTasks)
  const tasks = isJoining || hasOtherTasks ? tasksOf(after) : undefined
  const endpoints = endpointsOf(draft, change, hasOtherTasks)
  if (endpoints instanceof ApiError) return endpoints
  const { error } = configured
  const topologyDescriptionRequired = apiVersion >= 1 && isDescriptionRequired(draft, topology)
  if (error !== undefined) addStatus(draft, error.status, error.message)
  reportShutdown(draft)
  if (apiVersion >= 1) reportMissingTags(draft, after, configs)
  return {
    response: {
      errorCode: ErrorCode.None,
      memberId: after.memberId,
      memberEpoch: after.memberEpoch,
      heartbeatIntervalMs: spreadHeartbeats(
        config.number('streams.heartbeat.interval.ms'),
        draft.group.members.size,
        isJoining || after.state !== MemberState.Stable,
      ),
      taskOffsetIntervalMs: config.number('streams.task.offset.interval.ms'),
      acceptableRecoveryLagLegacy: 0,
      acceptableRecoveryLag: config.number('streams.acceptable.recovery.lag'),
      ...tasks,
      ...endpoints,
      topologyDescriptionRequired,
      status: statuses,
    },
    topicsToCreate: error === undefined ? new Map() : configured.internalTopicsToCreate,
  }
}

/** Returns the response with an error. */
export function refuseHeartbeat({ errorCode, message }: ApiError): HeartbeatResult {
  return {
    response: {
      errorCode,
      errorMessage: message,
      memberId: '',
      memberEpoch: 0,
      heartbeatIntervalMs: 0,
      acceptableRecoveryLagLegacy: 0,
      taskOffsetIntervalMs: 0,
      status: [],
      endpointInformationEpoch: 0,
    },
    topicsToCreate: new Map(),
  }
}

/** Whether the member shall send the description of the topology: no other was asked recently. */
function isDescriptionRequired(
  { context, group, statuses }: HeartbeatDraft,
  { epoch }: StreamsTopology,
): boolean {
  const { storedDescriptionTopologyEpoch, failedDescriptionTopologyEpoch } = group.metadata
  if (storedDescriptionTopologyEpoch === epoch || failedDescriptionTopologyEpoch === epoch) {
    return false
  }
  const isStale = statuses.some(({ statusCode }) => statusCode === HeartbeatStatus.StaleTopology)
  return !isStale && (context.topologyDescriptions?.mayAsk(group.groupId, epoch) ?? false)
}

function tasksOf({
  assignedTasks: { active, standby, warmup },
}: StreamsMember): Pick<HeartbeatResponse, 'activeTasks' | 'standbyTasks' | 'warmupTasks'> {
  return {
    activeTasks: taskIdsOf(active),
    standbyTasks: taskIdsOf(standby),
    warmupTasks: taskIdsOf(warmup),
  }
}

function reportShutdown(draft: HeartbeatDraft): void {
  const { shutdownRequester } = draft.group.transient
  if (shutdownRequester === undefined) return
  addStatus(
    draft,
    HeartbeatStatus.ShutdownApplication,
    `Streams group member ${shutdownRequester} encountered a fatal error and requested a shutdown for the entire application.`,
  )
}

function reportMissingTags(
  draft: HeartbeatDraft,
  { clientTags }: StreamsMember,
  configs: ReadonlyMap<string, string>,
): void {
  const required = configs.get(RACK_AWARE_TAGS)?.trim() ?? ''
  if (required === '') return
  const missing = required.split(/\s*,\s*/).filter((tag) => !clientTags.has(tag))
  if (missing.length === 0) return
  addStatus(
    draft,
    HeartbeatStatus.MissingClientTags,
    `Missing required client tags for rack-aware standby assignment: [${missing.join(', ')}]. Configure them via 'client.tag.<tagKey>' in your Streams config.`,
  )
}
