import type { Uuid } from '../../platform/uuid.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { ShareAcknowledge } from '../../protocol/messages/79-share-acknowledge.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import { LeaderHints } from '../leader-hints.ts'
import { acknowledgePartitions } from '../share/acknowledge-partitions.ts'
import { continueShareSession } from '../share/share-fetch-context.ts'
import { shareMemberOf } from '../share/share-member.ts'
import { FINAL_EPOCH } from '../share/share-session.ts'
import type { Handler } from './handler.ts'

type Response = ResponseBody<typeof ShareAcknowledge>
type PartitionResponse = Response['responses'][number]['partitions'][number]

/** The leader in an answer that names none. */
const NO_HINT = { leaderId: 0, leaderEpoch: 0 }

/**
 * ShareAcknowledge (79): accepts, releases, rejects or renews records that a member of a share
 * group has acquired (KIP-932).
 *
 *   v2  renewal of acquisition locks (KIP-1222)
 *
 * The request continues the share session of the member. Its last one ends the session, and
 * releases the records that are still acquired.
 */
export const shareAcknowledge: Handler<typeof ShareAcknowledge> = async (request, context) => {
  const { image, sharePartitions } = context.services
  const member = shareMemberOf(request, image.features)
  if (member instanceof ApiError) return refuse(member)
  const { shareSessionEpoch, isRenewAck, topics } = request
  const error = continueShareSession(member, shareSessionEpoch, sharePartitions.sessions)
  if (error !== undefined) return refuse(error)
  const { apiVersion } = context
  const acknowledgements = { member, apiVersion, isRenewAck, topics }
  const results = await acknowledgePartitions(acknowledgements, image, sharePartitions)
  if (shareSessionEpoch === FINAL_EPOCH) void sharePartitions.releaseSession(member)

  const hints = new LeaderHints(context)
  const responses = new Map<Uuid, { topicId: Uuid; partitions: PartitionResponse[] }>()
  for (const { topic, topicId, partition, error: refusal } of results) {
    const answered = responses.get(topicId) ?? { topicId, partitions: [] }
    responses.set(topicId, answered)
    const errorCode = refusal?.errorCode ?? ErrorCode.None
    answered.partitions.push({
      partitionIndex: partition,
      errorCode,
      errorMessage: refusal?.message ?? null,
      currentLeader: NO_HINT,
      ...(topic !== undefined && hints.of(errorCode, topic, partition)),
    })
  }
  return {
    errorCode: ErrorCode.None,
    acquisitionLockTimeoutMs: sharePartitions.configs.of(member.groupId).lockDurationMs,
    responses: [...responses.values()],
    nodeEndpoints: hints.endpoints(),
  }
}

function refuse({ errorCode }: ApiError): Response {
  return { errorCode, acquisitionLockTimeoutMs: 0, responses: [], nodeEndpoints: [] }
}
