import { invalidTopicName } from '../../controller/topic-name.ts'
import { ZERO_UUID } from '../../platform/uuid.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { DescribeTopicPartitions } from '../../protocol/messages/75-describe-topic-partitions.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import { authorizedOperations } from '../authorized-operations.ts'
import { partitionViews } from '../metadata-view.ts'
import { isInternalTopic } from '../internal-topics.ts'
import type { RequestContext } from '../request-context.ts'
import type { Handler } from './handler.ts'

type Request = RequestOf<typeof DescribeTopicPartitions>
type TopicResponse = ResponseBody<typeof DescribeTopicPartitions>['topics'][number]
type PartitionResponse = TopicResponse['partitions'][number]

/** `max.request.partition.size.limit` */
const MAX_PARTITIONS = 2000

/**
 * DescribeTopicPartitions (75): returns partitions of topics ordered by name, one page at a time
 * (KIP-966). A full response has a cursor to the next page.
 */
export const describeTopicPartitions: Handler<typeof DescribeTopicPartitions> = (
  request,
  context,
) => {
  if (!isValidCursor(request)) return refused(request)
  let room = Math.max(1, Math.min(request.responsePartitionLimit, MAX_PARTITIONS))
  const topics: TopicResponse[] = []
  const pageUntil = (nextCursor: Request['cursor']) => ({ topics, nextCursor })
  for (const name of namesToDescribe(request, context)) {
    if (room === 0) return pageUntil({ topicName: name, partitionIndex: 0 })
    const first = name === request.cursor?.topicName ? request.cursor.partitionIndex : 0
    const all = partitionsOf(name, context)
    const page = all.slice(first, first + room)
    topics.push(describe(name, page, context))
    room -= page.length
    const next = first + page.length
    if (next < all.length) return pageUntil({ topicName: name, partitionIndex: next })
  }
  return pageUntil(null)
}

/** The cursor must point at one of the named topics. */
function isValidCursor({ topics, cursor }: Request): boolean {
  if (cursor === null) return true
  if (cursor.partitionIndex < 0) return false
  return topics.length === 0 || topics.some(({ name }) => name === cursor.topicName)
}

function refused({ topics }: Request) {
  return {
    topics: topics.map(({ name }) => ({
      errorCode: ErrorCode.InvalidRequest,
      name,
      topicId: ZERO_UUID,
      partitions: [],
    })),
  }
}

/** Without names all topics are described. Topics before the cursor were already returned. */
function namesToDescribe({ topics, cursor }: Request, { services }: RequestContext): string[] {
  const names =
    topics.length > 0 ? topics.map(({ name }) => name) : [...services.image.topics.keys()]
  return [...new Set(names)].filter((name) => cursor === null || name >= cursor.topicName).sort()
}

function partitionsOf(name: string, context: RequestContext): PartitionResponse[] {
  const { services, connection } = context
  const topic = services.image.topics.get(name)
  if (topic === undefined) return []
  const viewer = {
    listenerName: connection.listenerName,
    showsUnavailable: true,
    knowsListenerError: true,
  }
  return partitionViews(topic, services.image, viewer).map((view) => {
    const { elr, lastKnownElr } = topic.partitions[view.partitionIndex]!
    return {
      ...view,
      // Here Kafka reports a missing leader only by the leader id.
      errorCode: ErrorCode.None,
      eligibleLeaderReplicas: [...elr],
      lastKnownElr: [...lastKnownElr],
    }
  })
}

function describe(
  name: string,
  partitions: PartitionResponse[],
  { services }: RequestContext,
): TopicResponse {
  const topic = services.image.topics.get(name)
  return {
    errorCode: topic === undefined ? errorOfMissing(name) : ErrorCode.None,
    name,
    topicId: topic?.id ?? ZERO_UUID,
    isInternal: isInternalTopic(name),
    partitions,
    topicAuthorizedOperations: authorizedOperations('topic', true),
  }
}

function errorOfMissing(name: string): ErrorCode {
  return invalidTopicName(name) === undefined
    ? ErrorCode.UnknownTopicOrPartition
    : ErrorCode.InvalidTopicException
}
