import { invalidTopicName } from '../../controller/topic-name.ts'
import { refuseHeartbeat } from '../../coordinator/group/streams/heartbeat-response.ts'
import type { HeartbeatResult } from '../../coordinator/group/streams/heartbeat-response.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { HeartbeatStatus } from '../../coordinator/group/streams/heartbeat-status.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { StreamsGroupHeartbeat } from '../../protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import { isInternalTopic } from '../internal-topics.ts'
import { isStreamsProtocolEnabled } from '../group-protocols.ts'
import type { BrokerServices } from '../broker-services.ts'
import type { Handler } from './handler.ts'

type HeartbeatRequest = RequestOf<typeof StreamsGroupHeartbeat>
type HeartbeatResponse = ResponseBody<typeof StreamsGroupHeartbeat>

/** How many topics that could not be created are named in a response. */
const MAX_NAMED_ERRORS = 3

/**
 * StreamsGroupHeartbeat (88): joins a member to a streams group or keeps it there, returns its
 * tasks, and creates the internal topics of the topology (KIP-1071).
 *
 *   v1  the broker may request the description of the topology (KIP-1331)
 *
 * Authorization is not emulated.
 */
export const streamsGroupHeartbeat: Handler<typeof StreamsGroupHeartbeat> = (request, context) => {
  const { services } = context
  if (!isStreamsProtocolEnabled(services)) {
    return refused(ErrorCode.UnsupportedVersion, null)
  }
  const complaint = checkTopicNames(request)
  if (complaint !== undefined) return refused(ErrorCode.StreamsInvalidTopology, complaint)
  const result = services.groups.streams.heartbeat(request, context)
  // A negative epoch means that the member leaves.
  if (request.memberEpoch < 0) services.parkedFetches.release(context)
  const answer = (settled: HeartbeatResult): HeartbeatResponse =>
    withInternalTopics(settled, services)
  return result instanceof Promise ? result.then(answer) : answer(result)
}

/** Creates missing topics in the background. Reports those that could not be created before. */
function withInternalTopics(
  { response, topicsToCreate }: HeartbeatResult,
  { streamsInternalTopics }: BrokerServices,
): HeartbeatResponse {
  if (topicsToCreate.size === 0) return response
  const errors = [...streamsInternalTopics.errorsOf(topicsToCreate.keys())]
  streamsInternalTopics.create(topicsToCreate.values(), 2 * response.heartbeatIntervalMs)
  if (errors.length === 0) return response
  const named = errors.slice(0, MAX_NAMED_ERRORS).map(([name, message]) => `${name} (${message})`)
  const rest = errors.length - named.length
  const details = rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(', ')
  const status = response.status?.map(({ statusCode, statusDetail }) =>
    statusCode === HeartbeatStatus.MissingInternalTopics
      ? { statusCode, statusDetail: `${statusDetail}; Creation failed: ${details}.` }
      : { statusCode, statusDetail },
  )
  return { ...response, status: status ?? null }
}

function refused(errorCode: ErrorCode, errorMessage: string | null): HeartbeatResponse {
  return refuseHeartbeat(new ApiError(errorCode, errorMessage)).response
}

/** Returns a message if the topology uses topics that it may not use. */
function checkTopicNames({ topology }: HeartbeatRequest): string | undefined {
  const names = new Set(
    (topology?.subtopologies ?? []).flatMap((subtopology) => [
      ...subtopology.sourceTopics,
      ...subtopology.repartitionSinkTopics,
      ...subtopology.repartitionSourceTopics.map(({ name }) => name),
      ...subtopology.stateChangelogTopics.map(({ name }) => name),
    ]),
  )
  const internal = [...names].filter(isInternalTopic)
  if (internal.length > 0) {
    return `Use of Kafka internal topics ${internal.join(',')} in a Kafka Streams topology is prohibited.`
  }
  const invalid = [...names].filter((name) => invalidTopicName(name) !== undefined)
  return invalid.length === 0
    ? undefined
    : `Topic names ${invalid.join(',')} are not valid topic names.`
}
