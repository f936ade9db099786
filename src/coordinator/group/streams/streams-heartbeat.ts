import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { StreamsGroupHeartbeat } from '../../../protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import {
  checkTasks,
  configureTopology,
  reportStaleTopology,
  updateTopology,
} from './configure-topology.ts'
import type { TopologyState } from './configure-topology.ts'
import { computeDelayedAssignment } from './delayed-assignment.ts'
import { findStreamsGroup } from './find-streams-group.ts'
import { hasDuplicates } from './has-duplicates.ts'
import { addStatus } from './heartbeat-draft.ts'
import type { HeartbeatDraft } from './heartbeat-draft.ts'
import { heartbeatResponse } from './heartbeat-response.ts'
import type { HeartbeatResult } from './heartbeat-response.ts'
import { HeartbeatStatus } from './heartbeat-status.ts'
import { findMember } from './joining-member.ts'
import { makeStreamsGroup } from './make-streams-group.ts'
import { reconcile } from './reconcile-member.ts'
import { assignmentConfigsOf } from './streams-config.ts'
import type { StreamsGroup } from './streams-group.ts'
import { JOIN_EPOCH, sameTags } from './streams-member.ts'
import { groupMetadataRecord } from './streams-records.ts'
import { updateTaskOffsets } from './task-offsets.ts'
import { noTasks } from './tasks.ts'
import { initialRebalanceKey } from './timer-keys.ts'
import { updateTargetAssignment } from './update-target-assignment.ts'
import { updatedMember, writeMetadata } from './updated-member.ts'

type HeartbeatRequest = RequestOf<typeof StreamsGroupHeartbeat>

/** After a change of the group, its topics are looked up again when they change. */
const REFRESH_INTERVAL_MS = 2 ** 31 - 1

/**
 * Joins a member to its group or keeps it there, and moves it towards its target assignment
 * (Kafka's `streamsGroupHeartbeat`).
 */
export function streamsHeartbeat(
  context: GroupContext,
  request: HeartbeatRequest,
  requestContext: GroupRequestContext,
): Decision<GroupRecord, HeartbeatResult> | ApiError {
  const draft = startDraft(context, request)
  if (draft instanceof ApiError) return draft
  const { group, config, records } = draft
  const found = findMember(group, request)
  if (found instanceof ApiError) return found
  if (hasInvalidKeys(request)) return ApiError.of(ErrorCode.UnknownServerError)
  const { member, replaced } = found
  records.push(...found.records)
  const updated = updatedMember(member, request, requestContext)
  const isChanged = writeMetadata(draft, member, updated)
  const topology = updateTopology(draft)
  if (topology instanceof ApiError) return topology
  reportStaleTopology(draft, updated.topologyEpoch)
  const state = configureTopology(draft, topology)
  if (state instanceof ApiError) return state
  const taskError = checkTasks(draft, state.configured) ?? noteTaskOffsets(draft)
  if (taskError !== undefined) return taskError
  const configs = assignmentConfigsOf(config)
  const groupEpoch = nextGroupEpoch(draft, state, configs, isChanged)
  scheduleInitialRebalance(draft)
  const assignment = updateTargetAssignment({
    ...draft,
    groupEpoch,
    updated,
    topology: state.configured,
    configs,
  })
  if (assignment.delayedBy !== undefined) {
    addStatus(
      draft,
      HeartbeatStatus.AssignmentDelayed,
      `Assignment delayed due to the configured ${assignment.delayedBy}.`,
    )
  }
  const target = assignment.targets.get(updated.memberId) ?? noTasks
  const reconciled = reconcile(draft, updated, assignment.epoch, target)
  if (reconciled instanceof ApiError) return reconciled
  if (request.shutdownApplication) group.transient.requestShutdown(request.memberId)
  const { apiVersion } = requestContext
  const change = { before: member, after: reconciled, replaced }
  const response = heartbeatResponse(draft, state, configs, change, apiVersion)
  return response instanceof ApiError ? response : { records, response }
}

/** Kafka's maps refuse a key that is there twice, and its topologies refuse a negative epoch. */
function hasInvalidKeys({ topology, clientTags }: HeartbeatRequest): boolean {
  if (clientTags !== null && hasDuplicates(clientTags.map(({ key }) => key))) return true
  if (topology === null) return false
  const ids = topology.subtopologies.map(({ subtopologyId }) => subtopologyId)
  return topology.epoch < 0 || hasDuplicates(ids)
}

function startDraft(context: GroupContext, request: HeartbeatRequest): HeartbeatDraft | ApiError {
  const { groupId, memberEpoch } = request
  const records: GroupRecord[] = []
  const group =
    memberEpoch === JOIN_EPOCH
      ? findOrCreateGroup(context, request, records)
      : findStreamsGroup(context.groups, groupId, `Streams group ${groupId} not found.`)
  if (group instanceof ApiError) return group
  const config = context.groupConfig(groupId)
  return { context, request, group, config, nowMs: context.clock.now(), records, statuses: [] }
}

/**
 * A new group exists when its records are replayed. An empty classic group becomes a streams group.
 */
function findOrCreateGroup(
  context: GroupContext,
  { groupId, memberId, instanceId }: HeartbeatRequest,
  records: GroupRecord[],
): StreamsGroup | ApiError {
  const existing = context.groups.get(groupId)
  if (existing === undefined) return makeStreamsGroup(groupId, context)
  if (existing.type === 'classic' && existing.isEmpty) {
    records.push(...existing.tombstones())
    return makeStreamsGroup(groupId, context)
  }
  const group = findStreamsGroup(context.groups, groupId)
  if (group instanceof ApiError) return group
  const isKnown =
    group.members.has(memberId) ||
    (instanceId !== null && group.staticMember(instanceId) !== undefined)
  const maxSize = context.brokerConfig.number('group.streams.max.size')
  if (isKnown || group.members.size < maxSize) return group
  return new ApiError(
    ErrorCode.GroupMaxSizeReached,
    `The streams group has reached its maximum capacity of ${maxSize} members.`,
  )
}

function noteTaskOffsets({ group, request }: HeartbeatDraft): ApiError | undefined {
  const { memberId, taskOffsets, taskEndOffsets } = request
  if (taskOffsets === null && taskEndOffsets === null) return undefined
  const { transient } = group
  const updated = updateTaskOffsets(transient.taskOffsetsOf(memberId), taskOffsets, taskEndOffsets)
  if (updated instanceof ApiError) return updated
  transient.setTaskOffsets(memberId, updated)
  return undefined
}

/** Starts a new group epoch if tasks must be assigned again. Returns the epoch of the group. */
function nextGroupEpoch(
  { context, group, request, nowMs, records }: HeartbeatDraft,
  { metadataHash, validatedEpoch }: TopologyState,
  configs: ReadonlyMap<string, string>,
  isMemberChanged: boolean,
): number {
  const { metadata, assignmentConfigs, transient } = group
  const { memberId, memberEpoch } = request
  const isReady = validatedEpoch === metadata.validatedTopologyEpoch
  let cause: string
  if (isMemberChanged && memberEpoch === JOIN_EPOCH) cause = `member ${memberId} joined`
  else if (isMemberChanged) cause = `member ${memberId} changed its metadata`
  else if (metadataHash !== metadata.metadataHash || !isReady)
    cause = context.topicChanges.describe(group.topology?.bySourceTopic.keys() ?? [])
  else if (!sameTags(configs, assignmentConfigs)) cause = 'configs of the assignment changed'
  else return metadata.epoch
  const epoch = metadata.epoch + 1
  context.hooks.rebalanced(group.groupId, epoch, cause)
  records.push(
    groupMetadataRecord(group.groupId, {
      ...metadata,
      epoch,
      metadataHash,
      validatedTopologyEpoch: validatedEpoch,
      lastAssignmentConfigs: [...configs].map(([key, value]) => ({ key, value })),
    }),
  )
  transient.postponeRefresh(nowMs + REFRESH_INTERVAL_MS, epoch)
  return epoch
}

/** The first assignment of an empty group waits for more members. */
function scheduleInitialRebalance({ context, group, config }: HeartbeatDraft): void {
  if (!group.isEmpty) return
  const delayMs = config.number('streams.initial.rebalance.delay.ms')
  if (delayMs === 0) return
  const { groupId } = group
  context.timers.scheduleIfAbsent(initialRebalanceKey(groupId), delayMs, () =>
    computeDelayedAssignment(context, groupId),
  )
}
