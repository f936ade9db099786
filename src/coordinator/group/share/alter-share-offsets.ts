import type { Uuid } from '../../../platform/uuid.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../../../protocol/error-code.ts'
import type {
  AlterShareGroupOffsets,
  InitializeShareGroupState,
} from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import { findOrMakeShareGroup } from './find-share-group.ts'
import type { InitializeRequest } from './initialize-partitions.ts'
import { statePartitionsRecord } from './share-records.ts'
import { NO_STATE_PARTITIONS, startInitializing } from './state-partitions.ts'
import type { StateTopic } from './state-partitions.ts'

type Request = RequestOf<typeof AlterShareGroupOffsets>

export type AlteredOffsets = ResponseBody<typeof AlterShareGroupOffsets>

type RequestTopic = Request['topics'][number]

type AlteredPartition = AlteredOffsets['responses'][number]['partitions'][number]

/** The result of a request to alter offsets, before the share coordinators have stored them. */
export interface OffsetAlteration {
  readonly response: AlteredOffsets
  readonly initialize: InitializeRequest
}

/**
 * Resets the start offsets of a share group without members, which is created if needed (Kafka's
 * `alterShareGroupOffsets`). All topics exist.
 */
export function alterShareOffsets(
  context: GroupContext,
  { groupId, topics }: Request,
): Decision<GroupRecord, OffsetAlteration> | ApiError {
  const group = findOrMakeShareGroup(context, groupId, true)
  if (group instanceof ApiError) return group
  const error = group.validateDelete()
  if (error !== undefined) return error
  const initializing = new Map<Uuid, StateTopic>()
  const initialize: InitializeRequest = { groupId, topics: [] }
  const responses = topics.flatMap((topic) => {
    const image = context.image.topics.get(topic.topicName)
    if (image === undefined) return []
    const { name, id: topicId } = image
    const existing = topic.partitions.filter(
      ({ partitionIndex }) => partitionIndex < image.partitions.length,
    )
    const indexes = new Set(existing.map(({ partitionIndex }) => partitionIndex))
    const partitions = [...indexes].toSorted((a, b) => a - b)
    initializing.set(topicId, { name, partitions })
    if (existing.length > 0) {
      initialize.topics.push({ topicId, partitions: initialized(existing, group.groupEpoch) })
    }
    return [{ topicName: name, topicId, partitions: alteredPartitions(topic, indexes) }]
  })
  const before = group.statePartitions ?? NO_STATE_PARTITIONS
  const records =
    initializing.size === 0
      ? []
      : [statePartitionsRecord(groupId, startInitializing(before, initializing))]
  const response = { errorCode: ErrorCode.None, errorMessage: null, responses }
  return { records, response: { response, initialize } }
}

/** Returns the response with the errors of the share coordinators. */
export function withInitializeErrors(
  response: AlteredOffsets,
  { results }: ResponseBody<typeof InitializeShareGroupState>,
): AlteredOffsets {
  const errors = new Map<string, AlteredPartition>()
  for (const { topicId, partitions } of results) {
    for (const { partition, errorCode, errorMessage: text = null } of partitions) {
      if (errorCode === ErrorCode.None) continue
      const error = { partitionIndex: partition, errorCode, errorMessage: text }
      errors.set(`${topicId}-${partition}`, error)
    }
  }
  const responses = response.responses.map(({ topicName, topicId, partitions }) => ({
    topicName,
    topicId,
    partitions: partitions.map((partition) =>
      partition.errorCode === ErrorCode.None
        ? (errors.get(`${topicId}-${partition.partitionIndex}`) ?? partition)
        : partition,
    ),
  }))
  return { ...response, responses }
}

/** Returns the response to a request that fails as a whole. */
export function refuseAlteration({ errorCode, message }: ApiError): AlteredOffsets {
  return { errorCode, errorMessage: message ?? errorMessage(errorCode), responses: [] }
}

/** If a request contains a partition twice, the last offset counts. */
function initialized(partitions: RequestTopic['partitions'], stateEpoch: number) {
  const offsets = new Map(
    partitions.map(({ partitionIndex, startOffset }) => [partitionIndex, startOffset]),
  )
  return Array.from(offsets, ([partition, startOffset]) => ({ partition, stateEpoch, startOffset }))
}

function alteredPartitions(
  { partitions }: RequestTopic,
  existing: ReadonlySet<number>,
): AlteredPartition[] {
  return partitions.map(({ partitionIndex }) => {
    const errorCode = existing.has(partitionIndex)
      ? ErrorCode.None
      : ErrorCode.UnknownTopicOrPartition
    const text = errorCode === ErrorCode.None ? null : errorMessage(errorCode)
    return { partitionIndex, errorCode, errorMessage: text }
  })
}
