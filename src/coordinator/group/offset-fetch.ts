import type { Uuid } from '../../platform/uuid.ts'
import { ZERO_UUID } from '../../platform/uuid.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { OffsetFetch } from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { CommittedOffset } from './committed-offsets.ts'
import type { GroupShard } from './group-shard.ts'
import { TOPIC_ID_VERSION, resolveTopic } from './topic-lookup.ts'
import type { TopicLookup } from './topic-lookup.ts'

type OffsetFetchRequest = RequestOf<typeof OffsetFetch>
type OffsetFetchResponse = ResponseBody<typeof OffsetFetch>
type RequestGroup = OffsetFetchRequest['groups'][number]
type RequestTopic = NonNullable<RequestGroup['topics']>[number]
type ResponseGroup = OffsetFetchResponse['groups'][number]
type ResponseTopic = ResponseGroup['topics'][number]

/** From this version on one request asks for several groups (KIP-709). */
const GROUPS_VERSION = 8
/** From this version on an error stands above the topics, and no topics means all. */
const TOP_LEVEL_ERROR_VERSION = 2

/** Finds the shard of a group, or says why it cannot be asked. */
type ShardLookup = (groupId: string) => GroupShard | ErrorCode

/** Tells what groups have committed (Kafka's `fetchOffsets` and `fetchAllOffsets`). */
export function offsetFetch(
  shardOf: ShardLookup,
  lookup: TopicLookup,
  request: OffsetFetchRequest,
  apiVersion: number,
): OffsetFetchResponse {
  if (apiVersion >= GROUPS_VERSION) {
    const groups = request.groups.map((group) => fetchGroup(shardOf, lookup, group, apiVersion))
    return { topics: [], groups }
  }
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null
  const { groupId } = request
  const group = fetchGroup(
    shardOf,
    lookup,
    { groupId, memberId: null, memberEpoch: -1, topics },
    apiVersion,
  )
  return {
    topics: group.topics,
    errorCode: group.errorCode ?? ErrorCode.None,
    groups: [],
  }
}

function fetchGroup(
  shardOf: ShardLookup,
  lookup: TopicLookup,
  { groupId, topics }: RequestGroup,
  apiVersion: number,
): ResponseGroup {
  const shard = shardOf(groupId)
  if (typeof shard === 'number') {
    if (apiVersion >= TOP_LEVEL_ERROR_VERSION) return { groupId, topics: [], errorCode: shard }
    return { groupId, topics: topics!.map((topic) => unknownOffsets(topic, shard)) }
  }
  const found =
    topics === null
      ? fetchAll(shard, lookup, groupId, apiVersion)
      : fetchTopics(shard, lookup, groupId, topics, apiVersion)
  return { groupId, topics: found, errorCode: ErrorCode.None }
}

/** Topic ids that no topic has are answered after the others. */
function fetchTopics(
  shard: GroupShard,
  lookup: TopicLookup,
  groupId: string,
  topics: readonly RequestTopic[],
  apiVersion: number,
): ResponseTopic[] {
  const found: ResponseTopic[] = []
  const unknown: ResponseTopic[] = []
  for (const topic of topics) {
    const { name, topicId } = resolveTopic(lookup, topic, apiVersion)
    if (name === undefined) unknown.push(unknownOffsets(topic, ErrorCode.UnknownTopicId))
    else found.push(fetchTopic(shard, groupId, topic, name, topicId))
  }
  return [...found, ...unknown]
}

function fetchTopic(
  shard: GroupShard,
  groupId: string,
  topic: RequestTopic,
  name: string,
  topicId: Uuid,
): ResponseTopic {
  return {
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitionIndexes.map((partition) => {
      const committed = shard.offsets.get(groupId, name, partition)
      const isSameTopic = committed !== undefined && !isOtherTopic(committed.topicId, topicId)
      return partitionResponse(partition, isSameTopic ? committed : undefined)
    }),
  }
}

function fetchAll(
  shard: GroupShard,
  lookup: TopicLookup,
  groupId: string,
  apiVersion: number,
): ResponseTopic[] {
  const topics: ResponseTopic[] = []
  for (const [name, partitions] of shard.offsets.ofGroup(groupId)) {
    const topicId = lookup.topics.get(name)?.id ?? ZERO_UUID
    if (apiVersion >= TOPIC_ID_VERSION && topicId === ZERO_UUID) continue
    topics.push({
      name,
      topicId,
      partitions: [...partitions].map(([partition, committed]) =>
        partitionResponse(partition, committed),
      ),
    })
  }
  return topics
}

/** Whether a topic was deleted and made again since: the ids tell, where both are known. */
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

function partitionResponse(
  partitionIndex: number,
  committed: CommittedOffset | undefined,
  errorCode: ErrorCode = ErrorCode.None,
): ResponseTopic['partitions'][number] {
  return {
    partitionIndex,
    committedOffset: committed?.offset ?? -1,
    committedLeaderEpoch: committed?.leaderEpoch ?? -1,
    metadata: committed?.metadata ?? '',
    errorCode,
  }
}
