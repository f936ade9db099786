import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { ListOffsets } from '../../../../src/protocol/messages/02-list-offsets.ts'
import { CreateTopics } from '../../../../src/protocol/messages/19-create-topics.ts'
import { DeleteTopics } from '../../../../src/protocol/messages/20-delete-topics.ts'
import { DeleteRecords } from '../../../../src/protocol/messages/21-delete-records.ts'
import { CreatePartitions } from '../../../../src/protocol/messages/37-create-partitions.ts'
import { orLost, type Client } from '../client/client.ts'
import type { TopicModel } from '../model/topics-model.ts'
import type { StepContext } from './steps.ts'

const names = ['t0', 't1', 't2']

/** The configs of a topic that is compacted during the history. */
const compaction = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0.01',
  'delete.retention.ms': '1000',
}

const EARLIEST = -2
const LATEST = -1

export async function createTopic(context: StepContext): Promise<void> {
  await createNamed(context, context.dice.pick(names))
}

/** Creates a topic with this name, unless there is one. */
export async function createNamed(
  { world, people, dice }: StepContext,
  name: string,
): Promise<void> {
  const client = people.newClient('admin', dice)
  const numPartitions = dice.pick([1, 1, 2, 3])
  const { topics } = world.model
  const { topicConfigs, compactedTopic, replicas } = world.settings
  const wanted = { ...topicConfigs, ...(name === compactedTopic && compaction) }
  const configs = Object.entries(wanted).map(([config, value]) => ({ name: config, value }))
  const topic = { name, numPartitions, replicationFactor: replicas, assignments: [], configs }
  topics.beginCreation(name)
  const port = world.anyPort(dice)
  const request = { topics: [topic], timeoutMs: 5000 }
  const response = await orLost(client.call(port, CreateTopics, 7, request))
  const created = response?.topics[0]
  switch (created?.errorCode) {
    case ErrorCode.None:
      topics.found(name, created.topicId, created.numPartitions, client.nowMs)
      break
    case undefined:
    case ErrorCode.TopicAlreadyExists:
    case ErrorCode.RequestTimedOut:
    case ErrorCode.NotController:
    // While brokers start, none may be in service.
    case ErrorCode.InvalidReplicationFactor:
      break
    default:
      world.disagree(`CreateTopics is answered with error ${created?.errorCode}`)
  }
  client.close()
}

export async function deleteTopic({ world, people, dice }: StepContext): Promise<void> {
  const topic = anyTopic({ world, people, dice })
  if (topic === undefined) return
  const client = people.newClient('admin', dice)
  const { topics } = world.model
  topics.beginDeletion(topic.id, client.nowMs)
  const port = world.anyPort(dice)
  const request = { topics: [{ name: null, topicId: topic.id }], topicNames: [], timeoutMs: 5000 }
  const response = await orLost(client.call(port, DeleteTopics, 6, request))
  const errorCode = response?.responses[0]?.errorCode
  if (errorCode === ErrorCode.None) topics.deleted(topic.id, client.nowMs)
  else if (errorCode !== undefined && !refusals.has(errorCode)) {
    world.disagree(`DeleteTopics is answered with error ${errorCode}`)
  }
  client.close()
}

/** It has no effect, or a disk that fails in the middle of it decides. */
const refusals: ReadonlySet<number> = new Set([
  ErrorCode.UnknownTopicId,
  ErrorCode.RequestTimedOut,
  ErrorCode.NotController,
])

export async function createPartitions(context: StepContext): Promise<void> {
  const { world, people, dice } = context
  const topic = anyTopic(context)
  if (topic === undefined) return
  const client = people.newClient('admin', dice)
  const count = topic.partitions.length + dice.between(0, 2)
  world.model.topics.beginGrowth(topic.name, count)
  const topics = [{ name: topic.name, count, assignments: null }]
  const request = { topics, timeoutMs: 5000, validateOnly: false }
  const version = client.version(0, 3)
  const response = await orLost(
    client.call(world.anyPort(dice), CreatePartitions, version, request),
  )
  const errorCode = response?.results[0]?.errorCode
  switch (errorCode) {
    case ErrorCode.None:
      topic.grown(count, client.nowMs)
      break
    case undefined:
    // The topic has as many already, or more.
    case ErrorCode.InvalidPartitions:
    case ErrorCode.UnknownTopicOrPartition:
    case ErrorCode.RequestTimedOut:
    case ErrorCode.NotController:
    case ErrorCode.InvalidReplicationFactor:
      break
    default:
      world.disagree(`CreatePartitions is answered with error ${errorCode}`)
  }
  client.close()
}

export async function deleteRecords(context: StepContext): Promise<void> {
  const { world, people, dice } = context
  const topic = anyTopic(context)
  // Records of a compacted topic cannot be deleted.
  if (topic === undefined || topic.name === world.settings.compactedTopic) return
  const client = people.newClient('admin', dice)
  const partition = dice.int(topic.partitions.length)
  const model = topic.partitions[partition]!
  const offset = dice.int(model.endOffset + 1)
  const port = await client.leaderPort(topic.id, partition)
  if (port !== undefined) {
    model.attemptDeletion(offset)
    world.model.shares.beginDeletion(`${topic.id}-${partition}`, offset)
    const partitions = [{ partitionIndex: partition, offset }]
    const request = { topics: [{ name: topic.name, partitions }], timeoutMs: 5000 }
    const version = client.version(0, 2)
    const sentAtMs = client.nowMs
    const response = await orLost(client.call(port, DeleteRecords, version, request))
    const deleted = response?.topics[0]?.partitions[0]
    if (deleted?.errorCode === ErrorCode.None) {
      model.confirmDeletion(deleted.lowWatermark, sentAtMs, client.nowMs)
    } else if (deleted?.errorCode === ErrorCode.OffsetOutOfRange) {
      model.checkRefusedDeletion(offset, sentAtMs)
    } else if (deleted !== undefined && !isOfLeader(deleted.errorCode)) {
      world.disagree(`DeleteRecords is answered with error ${deleted.errorCode}`)
    }
  }
  client.close()
}

export async function listOffsets(context: StepContext): Promise<void> {
  const { people, dice } = context
  const topic = anyTopic(context)
  if (topic === undefined) return
  const client = people.newClient('admin', dice)
  const partition = dice.int(topic.partitions.length)
  await askForOffset(client, topic, partition, dice.pick([EARLIEST, LATEST]))
  client.close()
}

async function askForOffset(
  client: Client,
  topic: TopicModel,
  partition: number,
  timestamp: number,
): Promise<void> {
  const port = await client.leaderPort(topic.id, partition)
  if (port === undefined) return
  const model = topic.partitions[partition]!
  const partitions = [{ partitionIndex: partition, timestamp }]
  const isolationLevel = client.dice.int(2)
  const request = {
    replicaId: -1,
    isolationLevel,
    topics: [{ name: topic.name, partitions }],
    timeoutMs: 5000,
  }
  const sentAtMs = client.nowMs
  const response = await orLost(client.call(port, ListOffsets, client.version(2, 10), request))
  const listed = response?.topics[0]?.partitions[0]
  if (listed?.errorCode === ErrorCode.None) {
    const { offset } = listed
    if (timestamp === LATEST && isolationLevel === 1) {
      model.checkStableEnd(offset, sentAtMs, client.nowMs)
    } else if (timestamp === LATEST) model.checkEnd(offset, sentAtMs, client.nowMs)
    else model.checkStart(offset, sentAtMs, client.nowMs)
  } else if (listed !== undefined && !isOfLeader(listed.errorCode)) {
    client.world.disagree(`ListOffsets is answered with error ${listed.errorCode}`)
  }
}

function isOfLeader(errorCode: number): boolean {
  return (
    errorCode === ErrorCode.NotLeaderOrFollower ||
    errorCode === ErrorCode.LeaderNotAvailable ||
    errorCode === ErrorCode.KafkaStorageError ||
    errorCode === ErrorCode.UnknownTopicOrPartition
  )
}

function anyTopic({ world, dice }: StepContext): TopicModel | undefined {
  const topics = [...world.model.topics.topics.values()].filter(
    ({ deletionStartedAtMs }) => deletionStartedAtMs === undefined,
  )
  return topics.length === 0 ? undefined : dice.pick(topics)
}
