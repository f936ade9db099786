import { ApiError } from '../protocol/api-error.ts'
import type { Random } from '../platform/random.ts'
import { ZERO_UUID, randomUuid } from '../platform/uuid.ts'
import type { Uuid } from '../platform/uuid.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import { ConfigResourceType } from '../protocol/config-resource.ts'
import { describedTopicConfigs } from './describe-topic-configs.ts'
import { METADATA_TOPIC } from '../log/log-file-names.ts'
import { errorFields } from './error-fields.ts'
import type { MetadataImage, PartitionRegistration } from './metadata-image.ts'
import type { CreatableTopic, CreatableTopicResult } from './operations.ts'
import {
  MAX_PARTITIONS_PER_REQUEST,
  assignPartition,
  placePartitions,
} from './partitions/partition-layout.ts'
import { changedConfigsComplaint, newTopicComplaint } from './policies.ts'
import type { CreateTopicPolicyRequest, Policies } from './policies.ts'
import { configRecord, partitionRecord, topicRecord } from './records.ts'
import type { NewRecord } from './records.ts'
import { canCollide, collisionKey, invalidTopicName } from './topic-name.ts'
import { validateTopicConfigs } from './topic-config-rules.ts'

export interface TopicCreationContext {
  readonly image: MetadataImage
  readonly random: Random
  /** Source of `num.partitions`, `default.replication.factor` and the default configs of topics. */
  readonly config: BrokerConfig
  readonly policies: Policies
}

/** The response, and the records that make it true. */
export interface TopicCreation {
  readonly results: CreatableTopicResult[]
  readonly records: NewRecord[]
}

/**
 * Plans new topics (Kafka's `ReplicationControlManager.createTopics`). Each topic succeeds or fails
 * independently.
 */
export function planTopics(
  context: TopicCreationContext,
  topics: readonly CreatableTopic[],
): TopicCreation {
  const duplicates = duplicatesIn(topics.map((topic) => topic.name))
  const wanted = topics.filter((topic) => !duplicates.has(topic.name))
  const results: CreatableTopicResult[] = []
  const records: NewRecord[] = []
  const isTooMuch = partitionTotal(context, wanted) > MAX_PARTITIONS_PER_REQUEST
  for (const topic of wanted) {
    const result = isTooMuch
      ? new ApiError(
          ErrorCode.PolicyViolation,
          'Excessively large number of partitions per request.',
        )
      : planTopic(context, topic, records)
    results.push(
      result instanceof ApiError ? failure(topic.name, result) : success(context, result),
    )
  }
  for (const name of duplicates)
    results.push(failure(name, new ApiError(ErrorCode.InvalidRequest, 'Duplicate topic name.')))
  return { results, records }
}

/** Returns the names that occur more than once. */
export function duplicatesIn(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>()
  return new Set(names.filter((name) => seen.size === seen.add(name).size))
}

interface PlannedTopic {
  readonly topic: CreatableTopic
  readonly topicId: Uuid
  readonly partitions: readonly PartitionRegistration[]
  readonly configs: ReadonlyMap<string, string>
}

function planTopic(
  context: TopicCreationContext,
  topic: CreatableTopic,
  records: NewRecord[],
): PlannedTopic | ApiError {
  const configs = new Map(topic.configs.map(({ name, value }) => [name, value]))
  const resource = { type: ConfigResourceType.Topic, name: topic.name }
  const complaint =
    nameComplaint(context.image, topic.name) ??
    validateTopicConfigs(configs, context.config) ??
    (configs.size > 0 ? changedConfigsComplaint(context.policies, resource, configs) : undefined)
  if (complaint !== undefined) return complaint
  const partitions =
    topic.assignments.length > 0 ? assigned(context, topic) : placed(context, topic)
  if (partitions instanceof ApiError) return partitions
  const refused = newTopicComplaint(context.policies, policyRequest(topic, partitions, configs))
  if (refused !== undefined) return refused
  const topicId = randomUuid(context.random)
  records.push(topicRecord(topic.name, topicId))
  for (const [name, value] of configs) records.push(configRecord(resource, name, value))
  for (const partition of partitions) records.push(partitionRecord(topicId, partition))
  return { topic, topicId, partitions, configs: configs as ReadonlyMap<string, string> }
}

/** @param configs valid configs */
function policyRequest(
  { name, assignments }: CreatableTopic,
  partitions: readonly PartitionRegistration[],
  configs: ReadonlyMap<string, string | null>,
): CreateTopicPolicyRequest {
  const isAssigned = assignments.length > 0
  return {
    topic: name,
    numPartitions: isAssigned ? null : partitions.length,
    replicationFactor: isAssigned ? null : partitions[0]!.replicas.length,
    replicasAssignments: isAssigned
      ? Object.fromEntries(partitions.map(({ replicas }, index) => [index, [...replicas]]))
      : null,
    configs: Object.fromEntries(configs as ReadonlyMap<string, string>),
  }
}

function nameComplaint(image: MetadataImage, name: string): ApiError | undefined {
  if (name === METADATA_TOPIC)
    return new ApiError(
      ErrorCode.InvalidRequest,
      `Creation of internal topic ${METADATA_TOPIC} is prohibited.`,
    )
  const invalid = invalidTopicName(name)
  if (invalid !== undefined) return new ApiError(ErrorCode.InvalidTopicException, invalid)
  if (image.topics.has(name))
    return new ApiError(ErrorCode.TopicAlreadyExists, `Topic '${name}' already exists.`)
  const other = canCollide(name) ? collidingTopic(image, name) : undefined
  return other === undefined
    ? undefined
    : new ApiError(
        ErrorCode.InvalidTopicException,
        `Topic '${name}' collides with existing topic: ${other}`,
      )
}

/** Returns the first existing topic, by name, whose name collides in metrics. */
function collidingTopic(image: MetadataImage, name: string): string | undefined {
  const key = collisionKey(name)
  const colliding = [...image.topics.keys()].filter((other) => collisionKey(other) === key)
  return colliding.sort()[0]
}

function placed(
  { image, random, config }: TopicCreationContext,
  topic: CreatableTopic,
): PartitionRegistration[] | ApiError {
  const { numPartitions, replicationFactor } = topic
  if (replicationFactor < -1 || replicationFactor === 0)
    return new ApiError(
      ErrorCode.InvalidReplicationFactor,
      'Replication factor must be larger than 0, or -1 to use the default value.',
    )
  if (numPartitions < -1 || numPartitions === 0)
    return new ApiError(
      ErrorCode.InvalidPartitions,
      'Number of partitions was set to an invalid non-positive value.',
    )
  return placePartitions(
    image,
    random,
    0,
    numPartitions === -1 ? config.number('num.partitions') : numPartitions,
    replicationFactor === -1 ? config.number('default.replication.factor') : replicationFactor,
  )
}

function assigned(
  { image }: TopicCreationContext,
  topic: CreatableTopic,
): PartitionRegistration[] | ApiError {
  const specified = 'A manual partition assignment was specified, but '
  if (topic.replicationFactor !== -1)
    return new ApiError(
      ErrorCode.InvalidRequest,
      `${specified}replication factor was not set to -1.`,
    )
  if (topic.numPartitions !== -1)
    return new ApiError(ErrorCode.InvalidRequest, `${specified}numPartitions was not set to -1.`)
  const partitions: PartitionRegistration[] = []
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (partitions[partitionIndex] !== undefined)
      return new ApiError(
        ErrorCode.InvalidReplicaAssignment,
        `Found multiple manual partition assignments for partition ${partitionIndex}`,
      )
    const replicationFactor = topic.assignments[0]!.brokerIds.length
    const partition = assignPartition(image, partitionIndex, brokerIds, replicationFactor)
    if (partition instanceof ApiError) return partition
    partitions[partitionIndex] = partition
  }
  if (partitions.length !== topic.assignments.length)
    return new ApiError(
      ErrorCode.InvalidReplicaAssignment,
      'partitions should be a consecutive 0-based integer sequence',
    )
  return partitions
}

function partitionTotal(
  { config }: TopicCreationContext,
  topics: readonly CreatableTopic[],
): number {
  let total = 0
  for (const { assignments, numPartitions } of topics) {
    if (assignments.length > 0) total += assignments.length
    else if (numPartitions === -1) total += config.number('num.partitions')
    else total += Math.max(0, numPartitions)
  }
  return total
}

function success({ config }: TopicCreationContext, planned: PlannedTopic): CreatableTopicResult {
  return {
    name: planned.topic.name,
    topicId: planned.topicId,
    ...errorFields(undefined),
    numPartitions: planned.partitions.length,
    replicationFactor: planned.partitions[0]!.replicas.length,
    // Only some versions of the response contain them.
    get configs() {
      return describedTopicConfigs(planned.configs, config)
    },
  }
}

function failure(name: string, error: ApiError): CreatableTopicResult {
  return {
    name,
    topicId: ZERO_UUID,
    ...errorFields(error),
    numPartitions: -1,
    replicationFactor: -1,
    configs: [],
  }
}
