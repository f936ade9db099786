import type { Uuid } from '../../platform/uuid.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { ShareFetch } from '../../protocol/messages/78-share-fetch.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import { CLOSE_CONNECTION } from '../../network/frame-handler.ts'
import { LeaderHints } from '../leader-hints.ts'
import type { RequestContext } from '../request-context.ts'
import { acknowledgePartitions, type AcknowledgeResult } from '../share/acknowledge-partitions.ts'
import { AcquireMode } from '../share/acquire-request.ts'
import { rotatePartitions } from '../share/rotate-partitions.ts'
import type { ShareFetchAnswer } from '../share/share-fetch.ts'
import { openShareFetchContext, type ShareFetchContext } from '../share/share-fetch-context.ts'
import { shareMemberOf } from '../share/share-member.ts'
import type { TopicIdPartition } from '../share/share-partition-id.ts'
import type { ShareMember } from '../share/share-session-cache.ts'
import { FINAL_EPOCH, type RequestedPartition } from '../share/share-session.ts'
import type { Handler } from './handler.ts'

type Request = RequestOf<typeof ShareFetch>
type Response = ResponseBody<typeof ShareFetch>
type TopicResponse = Response['responses'][number]
type PartitionResponse = TopicResponse['partitions'][number]
type AnsweredTopic = Omit<TopicResponse, 'partitions'> & { partitions: PartitionResponse[] }

/** The answer for a partition of the request or the session. */
interface Answer extends Omit<ShareFetchAnswer, 'target'> {
  readonly target: RequestedPartition
}

/** The answer for a partition without records and errors. */
const NOTHING = {
  errorCode: ErrorCode.None,
  acknowledgeErrorCode: ErrorCode.None,
  currentLeader: { leaderId: 0, leaderEpoch: 0 },
  records: new Uint8Array(0),
  acquiredRecords: [],
}

/**
 * ShareFetch (78): acquires records of the partitions of a share session for a member of a share
 * group, and acknowledges records that it has acquired before (KIP-932).
 *
 *   v1  limits of records and of a batch
 *   v2  how records are acquired, and renewal of acquisition locks (KIP-1206, KIP-1222)
 *
 * Waits in purgatory until records can be acquired or `maxWaitMs` is over. The last request of a
 * session releases the records that are still acquired.
 */
export const shareFetch: Handler<typeof ShareFetch> = (request, context) => {
  const { image, sharePartitions } = context.services
  const member = shareMemberOf(request, image.features)
  if (member instanceof ApiError) return refuse(member.errorCode)
  if (request.isRenewAck && wantsRecords(request)) return refuse(ErrorCode.InvalidRequest)

  const fetchContext = openShareFetchContext(
    {
      ...member,
      epoch: request.shareSessionEpoch,
      partitions: requestedPartitions(request, context),
      forgotten: forgottenPartitions(request, context),
      hasAcknowledgements: hasAcknowledgements(request),
    },
    sharePartitions.sessions,
    context.connection,
  )
  if (!(fetchContext instanceof ApiError)) return run(request, member, fetchContext, context)
  if (fetchContext.errorCode !== ErrorCode.ShareSessionLimitReached) {
    return refuse(fetchContext.errorCode)
  }
  // The client must not ask again at once.
  const { delays } = context.services
  return delays.wait(request.maxWaitMs).then(() => refuse(fetchContext.errorCode))
}

function refuse(errorCode: ErrorCode): Response {
  return { errorCode, acquisitionLockTimeoutMs: 0, responses: [], nodeEndpoints: [] }
}

/** Whether a request that renews locks also fetches, which is not allowed. */
function wantsRecords({ maxBytes, minBytes, maxRecords, maxWaitMs }: Request): boolean {
  return maxBytes !== 0 || minBytes !== 0 || maxRecords !== 0 || maxWaitMs !== 0
}

function hasAcknowledgements({ topics }: Request): boolean {
  return topics.some(({ partitions }) =>
    partitions.some(({ acknowledgementBatches }) => acknowledgementBatches.length > 0),
  )
}

function requestedPartitions({ topics }: Request, context: RequestContext): RequestedPartition[] {
  const { topicsById } = context.services.image
  return topics.flatMap(({ topicId, partitions }) => {
    const topic = topicsById.get(topicId)?.name
    return partitions.map(({ partitionIndex: partition }) => ({ topic, topicId, partition }))
  })
}

function forgottenPartitions(
  { forgottenTopicsData }: Request,
  context: RequestContext,
): RequestedPartition[] {
  const { topicsById } = context.services.image
  return forgottenTopicsData.flatMap(({ topicId, partitions }) => {
    const topic = topicsById.get(topicId)?.name
    return partitions.map((partition) => ({ topic, topicId, partition }))
  })
}

/** Acknowledges first. The fetch does not wait for the results. */
async function run(
  request: Request,
  member: ShareMember,
  fetchContext: ShareFetchContext,
  context: RequestContext,
): Promise<Response | typeof CLOSE_CONNECTION> {
  const { apiVersion, services } = context
  const { isRenewAck, topics, shareSessionEpoch } = request
  const acknowledgements = { member, apiVersion, isRenewAck, topics }
  const acknowledging = hasAcknowledgements(request)
    ? acknowledgePartitions(acknowledgements, services.image, services.sharePartitions)
    : []
  const fetching = isRenewAck ? [] : fetchAll(request, member, fetchContext, context)
  const answers = fetching instanceof Promise ? await fetching : fetching
  if (answers instanceof ApiError) return refuse(answers.errorCode)
  const results = acknowledging instanceof Promise ? await acknowledging : acknowledging
  if (answers === CLOSE_CONNECTION) return CLOSE_CONNECTION
  const response = respond(answers, results, member, fetchContext, context)
  if (shareSessionEpoch === FINAL_EPOCH) void services.sharePartitions.releaseSession(member)
  return response
}

/** Fetches the partitions that exist, and refuses the others. */
function fetchAll(
  request: Request,
  member: ShareMember,
  { partitions }: ShareFetchContext,
  context: RequestContext,
): Answer[] | ApiError | typeof CLOSE_CONNECTION | Promise<Answer[] | typeof CLOSE_CONNECTION> {
  const { image, sharePartitions, maxFetchBytes } = context.services
  const targets: TopicIdPartition[] = []
  const refused: Answer[] = []
  for (const target of partitions) {
    const { topic, partition } = target
    if (topic === undefined) refused.push(refusalOf(target, ErrorCode.UnknownTopicId))
    else if (image.partition(topic, partition) === undefined)
      refused.push(refusalOf(target, ErrorCode.UnknownTopicOrPartition))
    else targets.push({ ...target, topic })
  }
  if (targets.length === 0) return refused
  const mode = request.shareAcquireMode
  if (mode !== AcquireMode.BatchOptimized && mode !== AcquireMode.RecordLimit) {
    // Kafka throws for an unknown mode.
    return ApiError.of(ErrorCode.UnknownServerError)
  }
  const { memberId, groupId } = member
  if (groupId === '') {
    // Kafka's persister cannot read the state of a group without a name.
    const unreadable = targets.map((target) => refusalOf(target, ErrorCode.UnknownServerError))
    return [...unreadable, ...refused]
  }
  const { maxWaitMs, maxRecords, batchSize } = request
  const maxBytes = Math.min(request.maxBytes, maxFetchBytes)
  const minBytes = Math.min(request.minBytes, maxBytes)
  const { isolation } = sharePartitions.configs.of(groupId)
  const limits = { memberId, mode, maxWaitMs, minBytes, maxBytes, maxRecords, batchSize, isolation }
  const rotated = rotatePartitions(targets, request.shareSessionEpoch)
  const { connection } = context
  const onParked = (release: () => void) => context.services.parkedFetches.add(context, release)
  const answers = sharePartitions.fetch(groupId, limits, rotated, { connection, onParked })
  const combine = (fetched: ShareFetchAnswer[] | typeof CLOSE_CONNECTION) =>
    fetched === CLOSE_CONNECTION ? fetched : [...fetched, ...refused]
  return answers instanceof Promise ? answers.then(combine) : combine(answers)
}

function refusalOf(target: RequestedPartition, errorCode: ErrorCode): Answer {
  return { target, errorCode, records: [], acquired: [] }
}

function respond(
  answers: readonly Answer[],
  acknowledged: readonly AcknowledgeResult[],
  { groupId }: ShareMember,
  fetchContext: ShareFetchContext,
  context: RequestContext,
): Response {
  const { sharePartitions } = context.services
  const isCurrent = fetchContext.isCurrent()
  const hints = new LeaderHints(context)
  const topics = new Map<Uuid, AnsweredTopic>()
  for (const { target, errorCode, records, acquired } of isCurrent ? answers : []) {
    const hasRecords = records.length > 0
    if (!fetchContext.includes(target, { errorCode, hasRecords })) continue
    topicOf(topics, target.topicId).partitions.push({
      ...NOTHING,
      partitionIndex: target.partition,
      errorCode,
      ...(target.topic !== undefined && hints.of(errorCode, target.topic, target.partition)),
      ...(hasRecords && { records, acquiredRecords: [...acquired] }),
    })
  }
  for (const result of acknowledged) addAcknowledgement(topicOf(topics, result.topicId), result)
  return {
    errorCode: isCurrent ? ErrorCode.None : ErrorCode.InvalidShareSessionEpoch,
    acquisitionLockTimeoutMs: sharePartitions.configs.of(groupId).lockDurationMs,
    responses: [...topics.values()],
    nodeEndpoints: hints.endpoints(),
  }
}

function topicOf(topics: Map<Uuid, AnsweredTopic>, topicId: Uuid): AnsweredTopic {
  const topic = topics.get(topicId) ?? { topicId, partitions: [] }
  topics.set(topicId, topic)
  return topic
}

/** Adds the result of acknowledgements to the partition, which may have no other answer. */
function addAcknowledgement(
  { partitions }: AnsweredTopic,
  { partition, error }: AcknowledgeResult,
): void {
  const fields = {
    acknowledgeErrorCode: error?.errorCode ?? ErrorCode.None,
    acknowledgeErrorMessage: error?.message ?? null,
  }
  const index = partitions.findIndex(({ partitionIndex }) => partitionIndex === partition)
  if (index === -1) {
    partitions.push({ ...NOTHING, partitionIndex: partition, ...fields })
  } else {
    partitions[index] = { ...partitions[index]!, ...fields }
  }
}
