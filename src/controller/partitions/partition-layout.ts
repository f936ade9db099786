import { ApiError } from '../../protocol/api-error.ts'
import type { Random } from '../../platform/random.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { defaultDirectoryOf } from './directory-id.ts'
import type { MetadataImage, PartitionRegistration } from '../metadata-image.ts'
import { LeaderRecovery, NO_LEADER } from '../metadata-image.ts'
import { isCordoned, ReplicaPlacement } from './placement.ts'

/**
 * The maximum number of partitions that one request can create (Kafka's
 * `MAX_PARTITIONS_PER_BATCH`).
 */
export const MAX_PARTITIONS_PER_REQUEST = 10_000

/** Places the replicas of `count` partitions, the first one with index `first`. */
export function placePartitions(
  image: MetadataImage,
  random: Random,
  first: number,
  count: number,
  replicationFactor: number,
): PartitionRegistration[] | ApiError {
  const placement = new ReplicaPlacement(image.brokers.values(), random)
  const complaint = placement.complaint(replicationFactor)
  if (complaint !== undefined) return new ApiError(ErrorCode.InvalidReplicationFactor, complaint)
  return Array.from({ length: count }, (_, index) =>
    newPartition(image, first + index, placement.place(replicationFactor)),
  )
}

/** Places a partition on the brokers that the request names. */
export function assignPartition(
  image: MetadataImage,
  partition: number,
  brokerIds: readonly number[],
  replicationFactor: number | undefined,
): PartitionRegistration | ApiError {
  const error = assignmentError(image, brokerIds, replicationFactor)
  if (error !== undefined) return error
  const registration = newPartition(image, partition, brokerIds)
  if (registration.isr.length > 0) return registration
  return new ApiError(
    ErrorCode.InvalidReplicaAssignment,
    `All brokers specified in the manual partition assignment for partition ${partition} are fenced or in controlled shutdown.`,
  )
}

/**
 * Returns why a partition cannot have these replicas (Kafka's
 * `ReplicationControlManager.validateManualPartitionAssignment`).
 *
 * @param replicationFactor the number of replicas that it must have; default any
 */
export function assignmentError(
  image: MetadataImage,
  brokerIds: readonly number[],
  replicationFactor: number | undefined,
): ApiError | undefined {
  const complaint = assignmentComplaint(image, brokerIds, replicationFactor)
  if (complaint === undefined) return undefined
  const message = `The manual partition assignment includes ${complaint}`
  return new ApiError(ErrorCode.InvalidReplicaAssignment, message)
}

function assignmentComplaint(
  image: MetadataImage,
  brokerIds: readonly number[],
  replicationFactor: number | undefined,
): string | undefined {
  if (brokerIds.length === 0) return 'an empty replica list.'
  const sorted = [...brokerIds].sort((a, b) => a - b)
  for (const [index, id] of sorted.entries()) {
    const broker = image.brokers.get(id)
    if (broker === undefined) return `broker ${id}, but no such broker is registered.`
    if (isCordoned(broker)) return `broker ${id}, but all its log directories are cordoned.`
    if (sorted[index - 1] === id) return `the broker ${id} more than once.`
  }
  if (replicationFactor !== undefined && replicationFactor !== brokerIds.length)
    return `a partition with ${brokerIds.length} replica(s), but this is not consistent with previous partitions, which have ${replicationFactor} replica(s).`
  return undefined
}

/**
 * Returns a partition in its first epoch. Its in-sync replicas are the replicas on active brokers,
 * and the first of them is the leader.
 */
function newPartition(
  image: MetadataImage,
  partition: number,
  replicas: readonly number[],
): PartitionRegistration {
  const isr = replicas.filter((id) => image.isActive(id))
  return {
    partition,
    replicas,
    directories: replicas.map((id) => defaultDirectoryOf(image, id)),
    isr,
    removingReplicas: [],
    addingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader: isr[0] ?? NO_LEADER,
    leaderRecoveryState: LeaderRecovery.Recovered,
    leaderEpoch: 0,
    partitionEpoch: 0,
  }
}
