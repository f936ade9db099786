import { invalidTopicName } from '../../controller/topic-name.ts'
import { ZERO_UUID } from '../../platform/uuid.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { DescribeTopicPartitions } from '../../protocol/messages/75-describe-topic-partitions.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import { AUTHORIZED_TOPIC_OPERATIONS, partitionViews } from '../metadata-view.ts'
import { isInternalTopic } from '../internal-topics.ts'
import type { RequestContext } from '../request-context.ts'
import type { Handler } from './handler.ts'

type Request = RequestOf<typeof DescribeTopicPartitions>
type TopicResponse = ResponseInput<typeof DescribeTopicPartitions>['topics'][number]
type PartitionResponse = TopicResponse['partitions'][number]

/** `max.request.partition.size.limit` */
const MAX_PARTITIONS = 2000

/**
 * DescribeTopicPartitions (75): partitions of topics in order of their names, a page at a time (KIP-966). An answer that
 * is full says where the next begins.
 */
export const describeTopicPartitions: Handler<typeof DescribeTopicPartitions> = (
  request,
  context,
) => {
  if (!isValidCursor(request)) return refused(request)
  let room = Math.max(1, Math.min(request.responsePartitionLimit, MAX_PARTITIONS))
  const topics: TopicResponse[] = []
  const pageUntil = (nextCursor: Request['cursor']) => ({ throttleTimeMs: 0, topics, nextCursor })
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

/** The cursor has to stand at one of the topics that are named. */
function isValidCursor({ topics, cursor }: Request): boolean {
  if (cursor === null) return true
  if (cursor.partitionIndex < 0) return false
  return topics.length === 0 || topics.some(({ name }) => name === cursor.topicName)
}

function refused({ topics }: Request) {
  return {
    throttleTimeMs: 0,
    topics: topics.map(({ name }) => ({
      errorCode: ErrorCode.InvalidRequest,
      name,
      topicId: ZERO_UUID,
      partitions: [],
    })),
  }
}

/** No topic named means all; what comes before the cursor has been told already. */
function namesToDescribe({ topics, cursor }: Request, { broker }: RequestContext): string[] {
  const names = topics.length > 0 ? topics.map(({ name }) => name) : [...broker.image.topics.keys()]
  return [...new Set(names)].filter((name) => cursor === null || name >= cursor.topicName).sort()
}

function partitionsOf(name: string, { broker }: RequestContext): PartitionResponse[] {
  const topic = broker.image.topics.get(name)
  if (topic === undefined) return []
  return partitionViews(topic, broker.image).map((view) => {
    const { elr, lastKnownElr } = topic.partitions[view.partitionIndex]!
    return {
      ...view,
      // Here Kafka says by the leader alone that there is none.
      errorCode: ErrorCode.None,
      eligibleLeaderReplicas: [...elr],
      lastKnownElr: [...lastKnownElr],
    }
  })
}

function describe(
  name: string,
  partitions: PartitionResponse[],
  { broker }: RequestContext,
): TopicResponse {
  const topic = broker.image.topics.get(name)
  return {
    errorCode: topic === undefined ? errorOfMissing(name) : ErrorCode.None,
    name,
    topicId: topic?.id ?? ZERO_UUID,
    isInternal: isInternalTopic(name),
    partitions,
    topicAuthorizedOperations: AUTHORIZED_TOPIC_OPERATIONS,
  }
}

function errorOfMissing(name: string): ErrorCode {
  return invalidTopicName(name) === undefined
    ? ErrorCode.UnknownTopicOrPartition
    : ErrorCode.InvalidTopicException
}
