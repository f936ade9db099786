import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../../protocol/error-code.ts'
import { errorFields } from '../error-fields.ts'
import { NO_LEADER, type PartitionRegistration, type TopicImage } from '../metadata-image.ts'
import { partitionChangeRecord, type NewRecord } from '../records.ts'
import { planChange } from './partition-change.ts'
import { rulesOf, type ClusterView, type PartitionRules } from './partition-rules.ts'

/** Kafka's `ElectionType`, as in a request. */
export const ElectionType = {
  Preferred: 0,
  Unclean: 1,
} as const

/** A request to elect leaders (ElectLeaders v2). */
export interface ElectLeadersRequest {
  /** One of {@link ElectionType}. */
  readonly electionType: number
  /** `null` for all partitions. */
  readonly topicPartitions:
    | readonly { readonly topic: string; readonly partitions: readonly number[] }[]
    | null
}

export interface ElectLeadersResult {
  errorCode: ErrorCode
  replicaElectionResults: {
    topic: string
    partitionResult: { partitionId: number; errorCode: ErrorCode; errorMessage: string | null }[]
  }[]
}

/**
 * Plans the elections of a request (Kafka's `ReplicationControlManager.electLeaders`). A request
 * for all partitions is not told about those whose leader is right.
 */
export function planElections(
  view: ClusterView,
  request: ElectLeadersRequest,
): { result: ElectLeadersResult; records: NewRecord[] } {
  const { electionType, topicPartitions } = request
  const { topics } = view.image
  const records: NewRecord[] = []
  if (topicPartitions?.length === 0) return { result: succeeded([]), records }
  if (electionType !== ElectionType.Preferred && electionType !== ElectionType.Unclean) {
    const error = new ApiError(ErrorCode.InvalidRequest, `Unknown election type ${electionType}`)
    return { result: refusedElections(request, error), records }
  }
  const elect = (name: string, partitions: readonly number[]) => ({
    topic: name,
    partitionResult: electIn(view, name, partitions, electionType, records),
  })
  if (topicPartitions !== null) {
    const results = topicPartitions.map(({ topic, partitions }) => elect(topic, partitions))
    return { result: succeeded(results), records }
  }
  const results = Array.from(topics.values(), ({ name, partitions }) => {
    const elected = elect(name, [...partitions.keys()])
    const isNeeded = ({ errorCode }: { errorCode: ErrorCode }) =>
      errorCode !== ErrorCode.ElectionNotNeeded
    return { topic: name, partitionResult: elected.partitionResult.filter(isNeeded) }
  })
  return { result: succeeded(results), records }
}

/** Returns the result of a request that is refused as a whole. */
export function refusedElections(
  { topicPartitions }: ElectLeadersRequest,
  error: ApiError,
): ElectLeadersResult {
  const replicaElectionResults = (topicPartitions ?? []).map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => ({ partitionId, ...errorFields(error) })),
  }))
  return { errorCode: error.errorCode, replicaElectionResults }
}

/**
 * Returns the record of an election in a partition, or why there is none. An election of the
 * preferred leader is not needed if it leads, an unclean election if there is a leader.
 */
export function electionRecord(
  topic: TopicImage,
  partition: PartitionRegistration,
  electionType: number,
  rules: PartitionRules,
): NewRecord | ApiError {
  const isPreferred = electionType === ElectionType.Preferred
  const { leader, replicas } = partition
  if (isPreferred ? leader === replicas[0] : leader !== NO_LEADER)
    return withMessage(ErrorCode.ElectionNotNeeded)
  const election = isPreferred ? 'preferred' : 'unclean'
  const change = planChange(partition, { election }, rules)
  if (change !== undefined) return partitionChangeRecord({ topicId: topic.id, ...change })
  return withMessage(
    isPreferred ? ErrorCode.PreferredLeaderNotAvailable : ErrorCode.EligibleLeadersNotAvailable,
  )
}

function electIn(
  view: ClusterView,
  name: string,
  partitions: readonly number[],
  electionType: number,
  records: NewRecord[],
): ElectLeadersResult['replicaElectionResults'][number]['partitionResult'] {
  const topic = view.image.topics.get(name)
  const rules = topic && rulesOf(view, topic)
  return partitions.map((partitionId) => {
    const record =
      topic === undefined || rules === undefined
        ? new ApiError(ErrorCode.UnknownTopicOrPartition, `No such topic as ${name}`)
        : electionIn(topic, partitionId, electionType, rules)
    if (record instanceof ApiError) return { partitionId, ...errorFields(record) }
    records.push(record)
    return { partitionId, ...errorFields(undefined) }
  })
}

function electionIn(
  topic: TopicImage,
  partitionId: number,
  electionType: number,
  rules: PartitionRules,
): NewRecord | ApiError {
  const partition = topic.partitions[partitionId]
  if (partition !== undefined) return electionRecord(topic, partition, electionType, rules)
  const message = `No such partition as ${topic.name}-${partitionId}`
  return new ApiError(ErrorCode.UnknownTopicOrPartition, message)
}

function withMessage(code: ErrorCode): ApiError {
  return new ApiError(code, errorMessage(code))
}

function succeeded(
  replicaElectionResults: ElectLeadersResult['replicaElectionResults'],
): ElectLeadersResult {
  return { errorCode: ErrorCode.None, replicaElectionResults }
}
