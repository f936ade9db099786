import type { ClusterOptions } from '../../src/index.ts'
import { ZERO_UUID } from '../../src/platform/uuid.ts'
import type { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  CreateTopics,
  DeleteTopics,
  Fetch,
  FindCoordinator,
  JoinGroup,
  ListOffsets,
  Metadata,
  OffsetCommit,
  Produce,
  SyncGroup,
} from '../../src/protocol/messages/index.ts'
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema/index.ts'
import { encodeBatch, type EncodeOptions } from '../../src/record/batch-encoder.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { recordsOf } from '../../src/record/records.ts'
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts'

/** Sends typed requests: a connection, or a test cluster for its first broker. */
export interface Caller {
  call<A extends Api>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A>>
}

export type FetchResponse = ResponseOf<typeof Fetch>
export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number]
export type ProducedPartition = ResponseOf<
  typeof Produce
>['responses'][number]['partitionResponses'][number]

/** A topic in a request: its name, or its id from the version on that uses ids. */
export type TopicRef = string | { readonly topicId: string }

/** An id without a topic. */
export const UNKNOWN_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAABA'

/** Returns records with these values and keys, as a producer sends them. */
export function batch(
  values: readonly (string | null)[],
  options: EncodeOptions & { timestamps?: readonly number[]; key?: string | null } = {},
): Uint8Array {
  const { timestamps, key = 'key', ...rest } = options
  return encodeBatch(
    values.map((value, index) => ({
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      timestamp: timestamps?.[index] ?? Date.UTC(2026, 0, 1),
    })),
    rest,
  )
}

/** Returns the records in fetched bytes, from an offset on. */
export function valuesOf(records: Uint8Array | null, fromOffset = 0): string[] {
  return [...batchesOf(records ?? new Uint8Array(0))]
    .flatMap((view) => [...recordsOf(view)])
    .filter(({ offset }) => offset >= fromOffset)
    .map(({ value }) => Buffer.from(value ?? []).toString())
}

export function topicFields(topic: TopicRef): { name: string; topic: string; topicId: string } {
  return typeof topic === 'string'
    ? { name: topic, topic, topicId: ZERO_UUID }
    : { name: '', topic: '', topicId: topic.topicId }
}

export function produceRequest(
  topic: TopicRef,
  partitionData: { index: number; records: Uint8Array | null }[],
  options: { acks?: number; transactionalId?: string } = {},
): RequestInput<typeof Produce> {
  const { name, topicId } = topicFields(topic)
  const topicData = [{ name, topicId, partitionData }]
  return { acks: -1, timeoutMs: 30_000, topicData, ...options }
}

/** Produces to one partition and returns the response for it. */
export async function produce(
  caller: Caller,
  topic: TopicRef,
  records: Uint8Array | null,
  { partition = 0, version = 12 } = {},
): Promise<ProducedPartition> {
  const request = produceRequest(topic, [{ index: partition, records }])
  const { responses } = await caller.call(Produce, version, request)
  return responses[0]!.partitionResponses[0]!
}

export interface FetchPartitionInput {
  partition?: number
  fetchOffset?: number
  partitionMaxBytes?: number
  currentLeaderEpoch?: number
  lastFetchedEpoch?: number
}

export interface FetchOptions {
  maxWaitMs?: number
  minBytes?: number
  maxBytes?: number
  isolationLevel?: number
  rackId?: string
  sessionId?: number
  sessionEpoch?: number
  forgotten?: { topic: TopicRef; partitions: number[] }[]
}

export function fetchRequest(
  topics: readonly { topic: TopicRef; partitions: readonly FetchPartitionInput[] }[],
  { forgotten = [], ...options }: FetchOptions = {},
): RequestInput<typeof Fetch> {
  return {
    maxWaitMs: 0,
    minBytes: 1,
    isolationLevel: 0,
    rackId: '',
    topics: topics.map(({ topic, partitions }) => ({
      ...topicFields(topic),
      partitions: partitions.map((partition) => ({
        partition: 0,
        fetchOffset: 0,
        partitionMaxBytes: 1_048_576,
        ...partition,
      })),
    })),
    forgottenTopicsData: forgotten.map(({ topic, partitions }) => ({
      ...topicFields(topic),
      partitions,
    })),
    ...options,
  }
}

/** Fetches from one partition and returns the response for it. */
export async function fetchOne(
  caller: Caller,
  topic: TopicRef,
  partition: FetchPartitionInput = {},
  { version = 12, ...options }: FetchOptions & { version?: number } = {},
): Promise<FetchedPartition> {
  const request = fetchRequest([{ topic, partitions: [partition] }], options)
  const { responses } = await caller.call(Fetch, version, request)
  return responses[0]!.partitions[0]!
}

export async function listOffset(
  caller: Caller,
  topic: string,
  timestamp: number,
  { version = 11, partitionIndex = 0, currentLeaderEpoch = -1, isolationLevel = 0 } = {},
) {
  const partitions = [{ partitionIndex, timestamp, currentLeaderEpoch }]
  const { topics } = await caller.call(ListOffsets, version, {
    replicaId: -1,
    isolationLevel,
    timeoutMs: 1000,
    topics: [{ name: topic, partitions }],
  })
  const { errorCode, offset, leaderEpoch, timestamp: found } = topics[0]!.partitions[0]!
  return { errorCode, offset, timestamp: found, leaderEpoch }
}

export function metadataRequest(
  topics: readonly { name: string | null; topicId?: string }[] | null,
  allowAutoTopicCreation = false,
): RequestInput<typeof Metadata> {
  return {
    topics: topics && topics.map((topic) => ({ topicId: ZERO_UUID, ...topic })),
    allowAutoTopicCreation,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  }
}

export async function topicId(caller: Caller, name: string): Promise<string> {
  const { topics } = await caller.call(Metadata, 12, metadataRequest([{ name }]))
  return topics[0]!.topicId
}

/** Returns the leader of each partition of a topic. */
export async function leaders(caller: Caller, name: string): Promise<number[]> {
  const { topics } = await caller.call(Metadata, 12, metadataRequest([{ name }]))
  const { partitions } = topics[0]!
  return partitions.map(({ leaderId }) => leaderId)
}

export async function createTopic(
  caller: Caller,
  name: string,
  options: { partitions?: number; configs?: Record<string, string> } = {},
): Promise<ErrorCode> {
  const configs = Object.entries(options.configs ?? {}).map(([config, value]) => ({
    name: config,
    value,
  }))
  const numPartitions = options.partitions ?? 1
  const { topics } = await caller.call(CreateTopics, 7, {
    topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs }],
  })
  return topics[0]!.errorCode as ErrorCode
}

export async function deleteTopic(caller: Caller, name: string): Promise<void> {
  await caller.call(DeleteTopics, 5, { topics: [], topicNames: [name], timeoutMs: 1000 })
}

/** Returns the broker that coordinates a group. */
export async function coordinatorOf(caller: Caller, groupId: string): Promise<number> {
  const request = { key: '', keyType: 0, coordinatorKeys: [groupId] }
  const { coordinators } = await caller.call(FindCoordinator, 4, request)
  return coordinators[0]!.nodeId
}

export function joinRequest(
  groupId: string,
  memberId = '',
  options: Partial<RequestInput<typeof JoinGroup>> = {},
): RequestInput<typeof JoinGroup> {
  return {
    groupId,
    memberId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: new Uint8Array(0) }],
    ...options,
  }
}

/** Creates a stable group of one member. */
export async function stableGroup(
  caller: Caller,
  groupId: string,
): Promise<{ memberId: string; generationId: number }> {
  const { memberId } = await caller.call(JoinGroup, 5, joinRequest(groupId))
  const { generationId } = await caller.call(JoinGroup, 5, joinRequest(groupId, memberId))
  const assignments = [{ memberId, assignment: Buffer.from('all') }]
  await caller.call(SyncGroup, 3, { groupId, memberId, generationId, assignments })
  return { memberId, generationId }
}

/** Waits until everything has happened that needs neither time nor another request. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Whether a promise is still pending after {@link settle}. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false
  const onSettled = (): void => void (isSettled = true)
  promise.then(onSettled, onSettled)
  await settle()
  return !isSettled
}

/** Returns a group that broker 1 does not coordinate, in a cluster of several brokers. */
export async function foreignGroup(caller: Caller): Promise<string> {
  for (let index = 0; ; index++) {
    const group = `group-${index}`
    if ((await coordinatorOf(caller, group)) !== 1) return group
  }
}

/** Commits offset 5 of partition 0 for a group without members. */
export async function commit(caller: Caller, groupId: string, topic = 'orders'): Promise<number> {
  const partition = { partitionIndex: 0, committedOffset: 5, committedMetadata: 'note' }
  const { topics } = await caller.call(OffsetCommit, 9, {
    groupId,
    memberId: '',
    topics: [{ ...topicFields(topic), partitions: [partition] }],
  })
  return topics[0]!.partitions[0]!.errorCode
}

/** Starts a cluster with the topic `orders` and with the coordinators' topic. */
export async function startGroupCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await startTestCluster({
    topics: [{ name: 'orders', partitions: 2 }],
    ...options,
  })
  await coordinatorOf(cluster, 'group')
  return cluster
}
