import { allAnswers, mapAnswer, type Answer } from '../../controller/answer.ts'
import type { TopicImage } from '../../controller/metadata-image.ts'
import { ZERO_UUID } from '../../platform/uuid.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { Metadata } from '../../protocol/messages/03-metadata.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import { authorizedOperations } from '../authorized-operations.ts'
import { brokerEndpoints } from '../broker-endpoints.ts'
import { partitionViews } from '../metadata-view.ts'
import { isInternalTopic } from '../internal-topics.ts'
import type { RequestContext } from '../request-context.ts'
import { autoCreateTopic } from '../auto-create-topic.ts'
import { uniqueBy } from '../unique-by.ts'
import type { Handler } from './handler.ts'

type TopicResponse = ResponseBody<typeof Metadata>['topics'][number]
type AskedTopic = NonNullable<RequestOf<typeof Metadata>['topics']>[number]

/** The first version whose clients know LISTENER_NOT_FOUND. */
const FIRST_VERSION_WITH_LISTENER_ERROR = 6

/** The first version that can identify topics by id (KIP-516). */
const FIRST_VERSION_BY_ID = 12

/**
 * Metadata (3): returns the brokers, and the topics with the leader of each partition.
 *
 *   v0   an empty list of topics means all; from v1 on null means all, and an empty list none
 *   v4   allowAutoTopicCreation (KIP-204)
 *   v6   LISTENER_NOT_FOUND, if the leader does not have the listener of the client
 *   v7   leaderEpoch (KIP-320)
 *   v8   authorized operations (KIP-430)
 *   v10  topic ids (KIP-516)
 *   v12  topics by id
 *   v13  a top-level error (KIP-1102)
 */
export const metadata: Handler<typeof Metadata> = (request, context) => {
  const { services, apiVersion } = context
  const { image } = services
  const isForAll = request.topics === null || (apiVersion === 0 && request.topics.length === 0)
  const requestError = checkTopics(request.topics ?? [], apiVersion)
  if (requestError !== ErrorCode.None) return refused(request.topics!, requestError)
  const topicOperations = authorizedOperations('topic', request.includeTopicAuthorizedOperations)
  const described = isForAll
    ? [...image.topics.values()].map((topic) => describe(topic, context))
    : answer(request, context)
  return mapAnswer(described, (topics) => ({
    brokers: brokerEndpoints(context),
    clusterId: image.clusterId,
    controllerId: services.controllerId(),
    topics: topics.map((topic) => withOperations(topic, topicOperations)),
    clusterAuthorizedOperations: authorizedOperations(
      'cluster',
      request.includeClusterAuthorizedOperations,
    ),
    errorCode: ErrorCode.None,
  }))
}

/** As in Kafka, a topic of an unknown id has no operations, but a topic of an unknown name has. */
function withOperations(topic: TopicResponse, topicAuthorizedOperations: number): TopicResponse {
  return topic.errorCode === ErrorCode.UnknownTopicId
    ? topic
    : { ...topic, topicAuthorizedOperations }
}

const hasId = ({ topicId }: AskedTopic): boolean => topicId !== ZERO_UUID

/** Returns the error that refuses all topics of the request. */
function checkTopics(topics: readonly AskedTopic[], apiVersion: number): ErrorCode {
  const hasNameless = topics.some(({ name }) => name === null)
  if (apiVersion < FIRST_VERSION_BY_ID && (hasNameless || topics.some(hasId)))
    return ErrorCode.InvalidRequest
  // Kafka throws for a topic with neither name nor id.
  return hasNameless && !topics.some(hasId) ? ErrorCode.UnknownServerError : ErrorCode.None
}

function refused(
  topics: readonly AskedTopic[],
  errorCode: ErrorCode,
): ResponseBody<typeof Metadata> {
  return {
    brokers: [],
    topics: topics.map(({ name, topicId }) => notFound(errorCode, name ?? '', topicId)),
    errorCode,
  }
}

/**
 * Returns the requested topics: by id if the request contains any id, else by name. As in Kafka,
 * unknown ids come before the existing topics, and unknown names after them.
 */
function answer(
  { topics, allowAutoTopicCreation }: RequestOf<typeof Metadata>,
  context: RequestContext,
): Answer<TopicResponse[]> {
  const { services } = context
  const { topics: byName, topicsById } = services.image
  const asked = topics!
  if (asked.some(hasId)) {
    const ids = uniqueBy(asked.filter(hasId), ({ topicId }) => topicId).map((each) => each.topicId)
    const known = ids.flatMap((id) => topicsById.get(id) ?? [])
    const unknown = ids.filter((id) => !topicsById.has(id))
    return [
      ...unknown.map((id) => notFound(ErrorCode.UnknownTopicId, null, id)),
      ...known.map((topic) => describe(topic, context)),
    ]
  }
  const names = uniqueBy(asked, ({ name }) => name).map(({ name }) => name!)
  const known = names.flatMap((name) => byName.get(name) ?? [])
  const missing = names.filter((name) => !byName.has(name))
  return allAnswers([
    ...known.map((topic) => describe(topic, context)),
    ...missing.map((name) =>
      mapAnswer(autoCreateTopic(name, services, allowAutoTopicCreation), (created) =>
        created instanceof ApiError
          ? notFound(created.errorCode, name, ZERO_UUID)
          : describe(created, context),
      ),
    ),
  ])
}

function notFound(errorCode: ErrorCode, name: string | null, topicId: string): TopicResponse {
  const isInternal = name !== null && isInternalTopic(name)
  return { errorCode, name, topicId, isInternal, partitions: [] }
}

function describe(topic: TopicImage, context: RequestContext): TopicResponse {
  const { services, connection, apiVersion } = context
  return {
    errorCode: ErrorCode.None,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: partitionViews(topic, services.image, {
      listenerName: connection.listenerName,
      showsUnavailable: apiVersion > 0,
      knowsListenerError: apiVersion >= FIRST_VERSION_WITH_LISTENER_ERROR,
    }),
  }
}
