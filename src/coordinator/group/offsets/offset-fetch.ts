import type { Uuid } from '../../../platform/uuid.ts'
import { ZERO_UUID } from '../../../platform/uuid.ts'
import type { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { OffsetFetch } from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import type { GroupState } from '../group-state.ts'
import type { CommittedOffset } from './committed-offset.ts'
import { TOPIC_ID_VERSION, resolveTopic } from './topic-lookup.ts'
import type { TopicLookup } from './topic-lookup.ts'

type OffsetFetchRequest = RequestOf<typeof OffsetFetch>
type OffsetFetchResponse = ResponseBody<typeof OffsetFetch>
export type RequestGroup = OffsetFetchRequest['groups'][number]
type RequestTopic = NonNullable<RequestGroup['topics']>[number]
export type ResponseGroup = OffsetFetchResponse['groups'][number]
type ResponseTopic = ResponseGroup['topics'][number]
type ResponsePartition = ResponseTopic['partitions'][number]

/** From this version on a request has several groups (KIP-709). */
const GROUPS_VERSION = 8
/** From this version on errors are at the top level, and null topics mean all. */
const TOP_LEVEL_ERROR_VERSION = 2

/** Options of a request for the offsets of its groups. */
export interface FetchOptions {
  readonly apiVersion: number
  /** Whether partitions with an offset in an open transaction are refused (KIP-447). */
  readonly requireStable: boolean
  readonly lookup: TopicLookup
}

/** Returns the groups of a request of any version. */
export function requestedGroups(request: OffsetFetchRequest, apiVersion: number): RequestGroup[] {
  if (apiVersion >= GROUPS_VERSION) return request.groups
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null
  return [{ groupId: request.groupId, memberId: null, memberEpoch: -1, topics }]
}

/** Returns the response of any version with the results of each group. */
export function fetchResponse(
  groups: readonly ResponseGroup[],
  apiVersion: number,
): OffsetFetchResponse {
  if (apiVersion >= GROUPS_VERSION) return { topics: [], groups }
  const { topics, errorCode = ErrorCode.None } = groups[0]!
  return { topics, errorCode, groups: [] }
}

/** Returns the committed offsets of a group (Kafka's `fetchOffsets` and `fetchAllOffsets`). */
export function fetchOffsets(
  state: GroupState,
  { groupId, memberId, memberEpoch, topics }: RequestGroup,
  options: FetchOptions,
): ResponseGroup {
  const group = state.groups.get(groupId)
  const error = group?.validateOffsetFetch(memberId, memberEpoch)
  // A share group has no offsets. As in Kafka, that is not an error.
  const isWithoutOffsets = error?.errorCode === ErrorCode.GroupIdNotFound
  if (error !== undefined && !isWithoutOffsets) {
    return { groupId, topics: [], errorCode: error.errorCode }
  }
  const found =
    topics === null
      ? fetchAll(state, groupId, options)
      : fetchTopics(state, groupId, topics, options)
  return { groupId, topics: found, errorCode: ErrorCode.None }
}

/** Returns the response for a group whose offsets this broker does not have. */
export function refuseFetch(
  { groupId, topics }: RequestGroup,
  { errorCode }: ApiError,
  apiVersion: number,
): ResponseGroup {
  if (apiVersion >= TOP_LEVEL_ERROR_VERSION) return { groupId, topics: [], errorCode }
  return { groupId, topics: topics!.map((topic) => unknownOffsets(topic, errorCode)) }
}

/** Unknown topic ids come after the others. */
function fetchTopics(
  state: GroupState,
  groupId: string,
  topics: readonly RequestTopic[],
  options: FetchOptions,
): ResponseTopic[] {
  const found: ResponseTopic[] = []
  const unknown: ResponseTopic[] = []
  for (const topic of topics) {
    const usesTopicIds = options.apiVersion >= TOPIC_ID_VERSION
    const { name, topicId } = resolveTopic(options.lookup, topic, usesTopicIds)
    if (name === undefined) unknown.push(unknownOffsets(topic, ErrorCode.UnknownTopicId))
    else found.push(fetchTopic(state, groupId, topic, name, topicId, options))
  }
  return [...found, ...unknown]
}

function fetchTopic(
  { offsets }: GroupState,
  groupId: string,
  topic: RequestTopic,
  name: string,
  topicId: Uuid,
  { requireStable }: FetchOptions,
): ResponseTopic {
  return {
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitionIndexes.map((partition) => {
      if (requireStable && offsets.isPending(groupId, name, partition)) return unstable(partition)
      const committed = offsets.get(groupId, name, partition)
      const isSameTopic = committed !== undefined && !isOtherTopic(committed.topicId, topicId)
      return partitionResponse(partition, isSameTopic ? committed : undefined)
    }),
  }
}

/** Partitions for which only open transactions have an offset are omitted, as in Kafka. */
function fetchAll(
  { offsets }: GroupState,
  groupId: string,
  { lookup, apiVersion, requireStable }: FetchOptions,
): ResponseTopic[] {
  const topics: ResponseTopic[] = []
  for (const [name, partitions] of offsets.ofGroup(groupId)) {
    const topicId = lookup.topics.get(name)?.id ?? ZERO_UUID
    if (apiVersion >= TOPIC_ID_VERSION && topicId === ZERO_UUID) continue
    topics.push({
      name,
      topicId,
      partitions: [...partitions].map(([partition, committed]) =>
        requireStable && offsets.isPending(groupId, name, partition)
          ? unstable(partition)
          : partitionResponse(partition, committed),
      ),
    })
  }
  return topics
}

/**
 * Whether a topic was deleted and created again since the commit, according to the ids, if both are
 * known.
 */
function isOtherTopic(committedId: Uuid, topicId: Uuid): boolean {
  return committedId !== topicId && committedId !== ZERO_UUID && topicId !== ZERO_UUID
}

function unknownOffsets(topic: RequestTopic, errorCode: ErrorCode): ResponseTopic {
  return {
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitionIndexes.map((partition) =>
      partitionResponse(partition, undefined, errorCode),
    ),
  }
}

function unstable(partition: number): ResponsePartition {
  return partitionResponse(partition, undefined, ErrorCode.UnstableOffsetCommit)
}

function partitionResponse(
  partitionIndex: number,
  committed: CommittedOffset | undefined,
  errorCode: ErrorCode = ErrorCode.None,
): ResponsePartition {
  return {
    partitionIndex,
    committedOffset: committed?.offset ?? -1,
    committedLeaderEpoch: committed?.leaderEpoch ?? -1,
    metadata: committed?.metadata ?? '',
    errorCode,
  }
}
