import type { TopicImage } from '../../controller/metadata-image.ts'
import { ZERO_UUID } from '../../platform/uuid.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { Metadata } from '../../protocol/messages/03-metadata.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import {
  AUTHORIZED_CLUSTER_OPERATIONS,
  AUTHORIZED_TOPIC_OPERATIONS,
  OPERATIONS_NOT_REQUESTED,
  partitionViews,
} from '../metadata-view.ts'
import { isInternalTopic } from '../internal-topics.ts'
import type { RequestContext } from '../request-context.ts'
import { autoCreateTopic } from '../topic-creation.ts'
import type { Handler } from './handler.ts'

type TopicResponse = ResponseInput<typeof Metadata>['topics'][number]
type Finding = TopicImage | ErrorCode

/**
 * Metadata (3): the brokers, and the topics with the leader of each partition.
 *
 *   v0   no topics named: all of them; from v1 on null means all, and an empty list none
 *   v4   allowAutoTopicCreation (KIP-204)
 *   v7   leaderEpoch (KIP-320)
 *   v8   authorized operations (KIP-430)
 *   v10  topic ids (KIP-516); v12 lets clients ask by them
 *   v13  a top-level error that tells a client to bootstrap anew (KIP-1102); never set here
 */
export const metadata: Handler<typeof Metadata> = (request, context) => {
  const { broker, connection, apiVersion } = context
  const { image } = broker
  const isForAll = request.topics === null || (apiVersion === 0 && request.topics.length === 0)
  const topicOperations = request.includeTopicAuthorizedOperations
    ? AUTHORIZED_TOPIC_OPERATIONS
    : OPERATIONS_NOT_REQUESTED
  const topics = isForAll
    ? [...image.topics.values()].map((topic) => describe(topic, context))
    : request.topics!.map((asked) => answer(asked, request, context))
  return {
    throttleTimeMs: 0,
    brokers: broker.endpoints(connection.listenerName),
    clusterId: image.clusterId,
    controllerId: broker.controllerId(),
    topics: topics.map((topic) => ({ ...topic, topicAuthorizedOperations: topicOperations })),
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? AUTHORIZED_CLUSTER_OPERATIONS
      : OPERATIONS_NOT_REQUESTED,
    errorCode: ErrorCode.None,
  }
}

function answer(
  asked: { topicId: string; name: string | null },
  request: RequestOf<typeof Metadata>,
  context: RequestContext,
): TopicResponse {
  const { name, topicId } = asked
  const found = find(asked, request.allowAutoTopicCreation, context)
  if (typeof found !== 'number') return describe(found, context)
  return {
    errorCode: found,
    name,
    topicId: name === null ? topicId : ZERO_UUID,
    isInternal: name !== null && isInternalTopic(name),
    partitions: [],
  }
}

function find(
  { name, topicId }: { topicId: string; name: string | null },
  allowAutoTopicCreation: boolean,
  { broker }: RequestContext,
): Finding {
  if (name === null) {
    if (topicId === ZERO_UUID) return ErrorCode.UnknownTopicId
    return broker.image.topicsById.get(topicId) ?? ErrorCode.UnknownTopicId
  }
  const topic = broker.image.topics.get(name)
  if (topic !== undefined) return topic
  return autoCreateTopic(name, broker, allowAutoTopicCreation)
}

function describe(topic: TopicImage, { broker }: RequestContext): TopicResponse {
  return {
    errorCode: ErrorCode.None,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: partitionViews(topic, broker.image),
  }
}
