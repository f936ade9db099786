import { ApiError } from '../../protocol/api-error.ts'
import type { Random } from '../../platform/random.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { errorFields } from '../error-fields.ts'
import type { MetadataImage, PartitionRegistration, TopicImage } from '../metadata-image.ts'
import type { CreatablePartitions, CreatablePartitionsResult } from '../operations.ts'
import { MAX_PARTITIONS_PER_REQUEST, assignPartition, placePartitions } from './partition-layout.ts'
import { partitionRecord } from '../records.ts'
import type { NewRecord } from '../records.ts'
import { duplicatesIn } from '../topic-creation.ts'

/** The response, and the records that make it true. */
export interface PartitionCreation {
  readonly results: CreatablePartitionsResult[]
  readonly records: NewRecord[]
}

/**
 * Plans additional partitions of existing topics (Kafka's
 * `ReplicationControlManager.createPartitions`).
 */
export function planPartitions(
  image: MetadataImage,
  random: Random,
  topics: readonly CreatablePartitions[],
): PartitionCreation {
  const duplicates = duplicatesIn(topics.map(({ name }) => name))
  const results: CreatablePartitionsResult[] = []
  const records: NewRecord[] = []
  for (const name of duplicates) results.push({ name, ...errorFields(duplicateName) })
  for (const wanted of topics) {
    if (duplicates.has(wanted.name)) continue
    const topic = image.topics.get(wanted.name)
    const added =
      topic === undefined
        ? ApiError.of(ErrorCode.UnknownTopicOrPartition)
        : plan(image, random, topic, wanted)
    if (added instanceof ApiError) {
      results.push({ name: wanted.name, ...errorFields(added) })
      continue
    }
    for (const partition of added) records.push(partitionRecord(topic!.id, partition))
    results.push({ name: wanted.name, ...errorFields(undefined) })
  }
  return { results, records }
}

const duplicateName = new ApiError(ErrorCode.InvalidRequest, 'Duplicate topic name.')

function plan(
  image: MetadataImage,
  random: Random,
  topic: TopicImage,
  { name, count, assignments }: CreatablePartitions,
): PartitionRegistration[] | ApiError {
  const current = topic.partitions.length
  if (count === current)
    return new ApiError(ErrorCode.InvalidPartitions, `Topic already has ${current} partition(s).`)
  if (count < current)
    return new ApiError(
      ErrorCode.InvalidPartitions,
      `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`,
    )
  const additional = count - current
  if (additional > MAX_PARTITIONS_PER_REQUEST)
    return new ApiError(
      ErrorCode.PolicyViolation,
      'Excessively large number of additional partitions per request.',
    )
  if (assignments !== null && assignments.length !== additional)
    return new ApiError(
      ErrorCode.InvalidReplicaAssignment,
      `Attempted to add ${additional} additional partition(s), but only ${assignments.length} assignment(s) were specified.`,
    )
  const replicationFactor = topic.partitions[0]!.replicas.length
  if (assignments === null)
    return placePartitions(image, random, current, additional, replicationFactor)
  const partitions: PartitionRegistration[] = []
  for (const [index, { brokerIds }] of assignments.entries()) {
    const partition = assignPartition(image, current + index, brokerIds, replicationFactor)
    if (partition instanceof ApiError) return partition
    partitions.push(partition)
  }
  return partitions
}
