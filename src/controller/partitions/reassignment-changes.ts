import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { errorFields } from '../error-fields.ts'
import type { PartitionRegistration, TopicImage } from '../metadata-image.ts'
import { partitionChangeRecord, type NewRecord } from '../records.ts'
import { planChange, type WantedChange } from './partition-change.ts'
import { assignmentError } from './partition-layout.ts'
import { allowsUncleanElection, rulesOf, type ClusterView } from './partition-rules.ts'
import { beginReassignment, isReassigning, revertReassignment } from './reassignment.ts'

/** A request to move partitions to other brokers (AlterPartitionReassignments v1, KIP-455). */
export interface ReassignmentsRequest {
  /** Whether a partition may get more or fewer replicas (KIP-860). */
  readonly allowReplicationFactorChange: boolean
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly ReassignedPartition[]
  }[]
}

export interface ReassignedPartition {
  readonly partitionIndex: number
  /** The new replicas, the preferred leader first; `null` cancels a reassignment. */
  readonly replicas: readonly number[] | null
}

export interface ReassignmentsResult {
  allowReplicationFactorChange: boolean
  errorCode: ErrorCode
  errorMessage: string | null
  responses: {
    name: string
    partitions: { partitionIndex: number; errorCode: ErrorCode; errorMessage: string | null }[]
  }[]
}

/**
 * Plans reassignments and their cancellation (Kafka's
 * `ReplicationControlManager.alterPartitionReassignments`). A reassignment ends when its new
 * replicas are in sync: with the AlterPartition that says so.
 */
export function planReassignments(
  view: ClusterView,
  request: ReassignmentsRequest,
): { result: ReassignmentsResult; records: NewRecord[] } {
  const { topics, allowReplicationFactorChange } = request
  const records: NewRecord[] = []
  const responses = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((reassigned) => {
      const record = reassign(view, name, reassigned, allowReplicationFactorChange)
      const error = record instanceof ApiError ? record : undefined
      if (record !== undefined && !(record instanceof ApiError)) records.push(record)
      return { partitionIndex: reassigned.partitionIndex, ...errorFields(error) }
    }),
  }))
  const error = errorFields(undefined)
  // Kafka answers a request without topics before it looks at it.
  const result =
    topics.length === 0
      ? { allowReplicationFactorChange: true, ...error, errorMessage: '', responses }
      : { allowReplicationFactorChange, ...error, responses }
  return { result, records }
}

/** Returns the result of a request that is refused as a whole. */
export function refusedReassignments(
  { topics }: ReassignmentsRequest,
  error: ApiError,
): ReassignmentsResult {
  const responses = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, ...errorFields(error) })),
  }))
  return { allowReplicationFactorChange: true, ...errorFields(error), responses }
}

/** Returns the record of the change; `undefined` if nothing changes. */
function reassign(
  view: ClusterView,
  name: string,
  { partitionIndex, replicas }: ReassignedPartition,
  allowReplicationFactorChange: boolean,
): NewRecord | ApiError | undefined {
  const topic = view.image.topics.get(name)
  if (topic === undefined) return unknown(`Unable to find a topic named ${name}.`)
  const partition = topic.partitions[partitionIndex]
  if (partition === undefined) return unknown(`Unable to find partition ${name}:${partitionIndex}.`)
  const wanted =
    replicas === null
      ? cancellation(view, topic, partition)
      : reassignment(view, partition, replicas, allowReplicationFactorChange)
  if (wanted instanceof ApiError) return wanted
  const change = planChange(partition, wanted, rulesOf(view, topic))
  return change && partitionChangeRecord({ topicId: topic.id, ...change })
}

function cancellation(
  view: ClusterView,
  { name }: TopicImage,
  partition: PartitionRegistration,
): WantedChange | ApiError {
  if (!isReassigning(partition)) return ApiError.of(ErrorCode.NoReassignmentInProgress)
  const reverted = revertReassignment(partition)
  if (reverted === undefined)
    return invalid('Invalid replica assignment: addingReplicas contains all replicas.')
  const { isUnclean, ...wanted } = reverted
  if (allowsUncleanElection(view, name)) return { ...wanted, election: 'unclean' }
  if (!isUnclean) return wanted
  return invalid(
    `Unable to revert partition assignment for ${name}:${partition.partition} because it would require an unclean leader election.`,
  )
}

function reassignment(
  { image }: ClusterView,
  partition: PartitionRegistration,
  target: readonly number[],
  allowReplicationFactorChange: boolean,
): WantedChange | ApiError {
  const error = assignmentError(image, target, undefined)
  if (error !== undefined) return error
  const before = replicationFactorOf(partition)
  if (!allowReplicationFactorChange && before !== target.length)
    return new ApiError(
      ErrorCode.InvalidReplicationFactor,
      `The replication factor is changed from ${before} to ${target.length}`,
    )
  return beginReassignment(partition, target)
}

/** Returns the number of replicas; during a reassignment, as it will be at its end. */
function replicationFactorOf({ replicas, removingReplicas }: PartitionRegistration): number {
  return replicas.filter((id) => !removingReplicas.includes(id)).length
}

function unknown(message: string): ApiError {
  return new ApiError(ErrorCode.UnknownTopicOrPartition, message)
}

function invalid(message: string): ApiError {
  return new ApiError(ErrorCode.InvalidReplicaAssignment, message)
}
