import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import { addStatus } from './heartbeat-draft.ts'
import type { HeartbeatDraft } from './heartbeat-draft.ts'
import { HeartbeatStatus } from './heartbeat-status.ts'
import type { StreamsGroupMetadataValue } from './streams-records.ts'
import { StreamsTopology } from './streams-topology.ts'
import type { TaskIds } from './tasks.ts'
import { configureTopics } from './topics/configured-topology.ts'
import type { ConfiguredTopology } from './topics/configured-topology.ts'

/** The topology of a group with the topics that exist now. */
export interface TopologyState {
  readonly topology: StreamsTopology
  readonly configured: ConfiguredTopology
  /** A hash of the topics, which changes when any of them does. */
  readonly metadataHash: StreamsGroupMetadataValue['metadataHash']
  /** The epoch of the topology if all of its topics are ready, otherwise -1. */
  readonly validatedEpoch: number
}

/** Returns the topology of the group, which its first member sets. */
export function updateTopology({
  group,
  request,
  records,
}: HeartbeatDraft): StreamsTopology | ApiError {
  const { topology: requested } = request
  const { topology: current, groupId } = group
  if (requested === null) {
    return (
      current ??
      new ApiError(
        ErrorCode.UnknownServerError,
        'The topology is null and the group topology is also null.',
      )
    )
  }
  if (current === undefined) {
    records.push({ kind: 'streamsGroupTopology', groupId, value: requested })
    return new StreamsTopology(requested)
  }
  if (current.epoch > requested.epoch || current.equals(requested)) return current
  return new ApiError(ErrorCode.InvalidRequest, 'Topology updates are not supported yet.')
}

/** Looks up the topics of the topology if they may have changed. */
export function configureTopology(
  { context, group, nowMs }: HeartbeatDraft,
  topology: StreamsTopology,
): TopologyState | ApiError {
  const { transient, metadata, epoch } = group
  const { configuredTopology: known } = transient
  const { image } = context
  if (
    known !== undefined &&
    group.topology !== undefined &&
    !transient.needsRefresh(nowMs, epoch)
  ) {
    return stateOf(topology, known, metadata.metadataHash)
  }
  const metadataHash = context.metadataHashes.groupHash(topology.requiredTopics)
  const isUnchanged = group.topology !== undefined && metadataHash === metadata.metadataHash
  if (known !== undefined && isUnchanged) return stateOf(topology, known, metadataHash)
  const configured = configureTopics(topology.value, image)
  if (configured instanceof ApiError) return configured
  transient.configure(configured)
  return stateOf(topology, configured, metadataHash)
}

/** Returns an error if the request has tasks that do not exist in the topology. */
export function checkTasks(
  { request }: HeartbeatDraft,
  { subtopologies, error }: ConfiguredTopology,
): ApiError | undefined {
  if (error !== undefined || subtopologies === undefined) return undefined
  const { activeTasks, standbyTasks, warmupTasks } = request
  const owned: TaskIds[] = [activeTasks ?? [], standbyTasks ?? [], warmupTasks ?? []].flat()
  for (const { subtopologyId, partitions } of owned) {
    const count = subtopologies.get(subtopologyId)?.numberOfTasks
    if (count === undefined) {
      return invalid(`Subtopology ${subtopologyId} does not exist in the topology.`)
    }
    const wrong = partitions.find((partition) => partition < 0 || partition >= count)
    if (wrong !== undefined) {
      return invalid(
        `Task ${wrong} for subtopology ${subtopologyId} is invalid. Number of tasks for this subtopology: ${count}`,
      )
    }
  }
  return undefined
}

/** Reports that the topology of the member is older than that of the group. */
export function reportStaleTopology(draft: HeartbeatDraft, memberTopologyEpoch: number): void {
  const groupTopologyEpoch = draft.group.topology?.epoch
  if (groupTopologyEpoch === undefined || memberTopologyEpoch >= groupTopologyEpoch) return
  addStatus(
    draft,
    HeartbeatStatus.StaleTopology,
    `The member's topology epoch ${memberTopologyEpoch} is behind the group's topology epoch ${groupTopologyEpoch}.`,
  )
}

function stateOf(
  topology: StreamsTopology,
  configured: ConfiguredTopology,
  metadataHash: TopologyState['metadataHash'],
): TopologyState {
  const validatedEpoch = configured.error === undefined ? topology.epoch : -1
  return { topology, configured, metadataHash, validatedEpoch }
}

function invalid(message: string): ApiError {
  return new ApiError(ErrorCode.InvalidRequest, message)
}
