import type { Allocate } from '../../log/segment/read-batches.ts'
import type { ReadInfo, ReadIsolation } from '../../log/log-types.ts'
import { ZERO_UUID } from '../../platform/uuid.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { Fetch } from '../../protocol/messages/01-fetch.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import { openFetchContext, type FetchContext } from '../fetch-context.ts'
import type { FetchTarget } from '../fetch-session.ts'
import { LeaderHints } from '../leader-hints.ts'
import type { Partition } from '../partition.ts'
import { preferredReadReplica } from '../preferred-read-replica.ts'
import { PeerConnection } from '../pipeline/peer-connection.ts'
import { waitForProgress } from '../purgatory.ts'
import { waitForLeader } from '../replication/wait-for-leader.ts'
import type { RequestContext } from '../request-context.ts'
import type { Handler } from './handler.ts'

type TopicResponse = ResponseBody<typeof Fetch>['responses'][number]
type PartitionResponse = TopicResponse['partitions'][number]

/** The first version that names topics by id (KIP-516). */
const FIRST_VERSION_WITH_TOPIC_IDS = 13

/** The first version that names the current leader (KIP-951). The field is older. */
const FIRST_VERSION_WITH_LEADERS = 16

const READ_COMMITTED = 1

const NO_RECORDS = new Uint8Array(0)

/** The result for a partition whose log has diverged from the reader's: no records. */
const DIVERGED: ReadInfo = { slices: [], sizeInBytes: 0, abortedTransactions: null }

/** The minimum and maximum size of a response, and who gets it. */
interface FetchLimits {
  readonly minBytes: number
  readonly maxBytes: number
  readonly isolation: ReadIsolation
  /** The follower that fetches; `undefined` for a consumer. */
  readonly follower: { readonly brokerId: number; readonly brokerEpoch: number } | undefined
  /** The rack of a consumer (`client.rack`). */
  readonly rackId: string
}

/** The lowest id of a broker. Consumers have -1. */
const FIRST_BROKER_ID = 0

/** The id with which a broker copies a partition from one of its log directories to another. */
const FUTURE_REPLICA_ID = -3

/** The first version with which consumers may read from followers (KIP-392). */
const FIRST_VERSION_FROM_FOLLOWERS = 11

/** Consecutive partitions of one topic in the response. */
type AnsweredTopic = Omit<TopicResponse, 'partitions'> & { partitions: PartitionResponse[] }

/** The state of one pass over the partitions of a fetch. */
interface FetchPass {
  readonly answers: { target: FetchTarget; response: PartitionResponse; sizeInBytes: number }[]
  /** The partitions on this broker whose progress can change the response. */
  readonly partitions: Set<Partition>
  readonly hints: LeaderHints
  readonly allocate: Allocate
  sizeInBytes: number
  /** Whether the cluster does not know a partition. */
  hasUnknown: boolean
  /**
   * Whether the client must be answered immediately: with an error, with another replica, or
   * because its log has diverged.
   */
  isUrgent: boolean
  /** Whether a follower does not know the high watermark of a partition. */
  owesHighWatermark: boolean
}

/**
 * Fetch (1): returns record batches as the producer sent them: to consumers up to the high
 * watermark, to followers up to the end of the log.
 *
 *   v4   isolationLevel, magic 2 (KIP-98)
 *   v5   logStartOffset
 *   v7   sessions: a request contains only changes (KIP-227)
 *   v9   currentLeaderEpoch fences clients with stale metadata (KIP-320)
 *   v11  rackId: the leader names the replica to read from (KIP-392)
 *   v12  lastFetchedEpoch detects diverging logs (KIP-595)
 *   v13  topic ids (KIP-516)
 *   v16  the current leader, if it is another broker (KIP-951)
 *
 * Waits in purgatory until `minBytes` can be read or `maxWaitMs` is over. Returns whole batches,
 * and at least one even if it exceeds every limit (KIP-74). Not emulated: tiered storage.
 */
export const fetch: Handler<typeof Fetch> = (request, context) => {
  const { services, apiVersion, connection } = context
  const usesTopicIds = apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS
  const fetchContext = openFetchContext(
    request,
    usesTopicIds,
    services.image,
    services.fetchSessions,
  )
  if (fetchContext instanceof ApiError)
    return { errorCode: fetchContext.errorCode, sessionId: 0, responses: [] }

  const limits = limitsOf(request, services.maxFetchBytes)
  const pass = readAll(fetchContext, limits, context)
  if (request.maxWaitMs <= 0 || isComplete(pass, limits)) return respond(pass, fetchContext)
  const attempt = () => {
    const retry = readAll(fetchContext, limits, context)
    return {
      isComplete: isComplete(retry, limits),
      owesHighWatermark: retry.owesHighWatermark,
      result: () => respond(retry, fetchContext),
    }
  }
  if (connection instanceof PeerConnection)
    return waitForLeader(pass, request.maxWaitMs, services, connection, attempt)
  const { clock, parkedFetches } = services
  const maxWaitMs = parkedFetches.limitWait(request.maxWaitMs, pass.sizeInBytes === 0)
  const onParked = (release: () => void) => parkedFetches.add(context, release)
  return waitForProgress(pass.partitions, maxWaitMs, clock, connection, attempt, onParked)
}

/** A fetch does not wait for more than fits into the response. */
function limitsOf(request: RequestOf<typeof Fetch>, maxFetchBytes: number): FetchLimits {
  const maxBytes = Math.min(request.maxBytes, maxFetchBytes)
  const { replicaState } = request
  const replicaId = replicaState.replicaId ?? request.replicaId
  const brokerEpoch = replicaState.replicaEpoch ?? -1
  return {
    minBytes: Math.min(request.minBytes, maxBytes),
    maxBytes,
    isolation: isolationOf(replicaId, request.isolationLevel),
    follower: replicaId >= FIRST_BROKER_ID ? { brokerId: replicaId, brokerEpoch } : undefined,
    rackId: request.rackId ?? '',
  }
}

/** Followers read up to the end of the log. */
function isolationOf(replicaId: number, isolationLevel: number): ReadIsolation {
  if (replicaId >= FIRST_BROKER_ID || replicaId === FUTURE_REPLICA_ID) return 'logEnd'
  return isolationLevel === READ_COMMITTED ? 'lastStableOffset' : 'highWatermark'
}

function isComplete(pass: FetchPass, { minBytes }: FetchLimits): boolean {
  return pass.answers.length === 0 || pass.isUrgent || pass.sizeInBytes >= minBytes
}

function readAll(
  fetchContext: FetchContext,
  limits: FetchLimits,
  context: RequestContext,
): FetchPass {
  const pass: FetchPass = {
    answers: [],
    partitions: new Set(),
    hints: new LeaderHints(context),
    allocate: context.connection.beginAnswer(),
    sizeInBytes: 0,
    hasUnknown: false,
    isUrgent: false,
    owesHighWatermark: false,
  }
  let room = limits.maxBytes
  for (const target of fetchContext.targets) {
    const sizeInBytes = readOne(target, Math.min(target.maxBytes, room), limits, pass, context)
    room = Math.max(0, room - sizeInBytes)
  }
  if (pass.hasUnknown) pass.answers.sort((a, b) => placeOf(a.response) - placeOf(b.response))
  return pass
}

/** Kafka returns unknown topics and partitions last, topic ids before partitions. */
function placeOf({ errorCode }: PartitionResponse): number {
  if (errorCode === ErrorCode.UnknownTopicOrPartition) return 2
  return errorCode === ErrorCode.UnknownTopicId ? 1 : 0
}

/** Returns the number of bytes read. */
function readOne(
  target: FetchTarget,
  maxBytes: number,
  limits: FetchLimits,
  pass: FetchPass,
  context: RequestContext,
): number {
  const { isolation, follower } = limits
  const { topic, partition: index, currentLeaderEpoch, fetchOffset } = target
  if (topic === undefined) return refuse(target, ErrorCode.UnknownTopicId, pass, [])
  const { replicas } = context.services
  const partition =
    follower === undefined && context.apiVersion >= FIRST_VERSION_FROM_FOLLOWERS
      ? replicas.hosted(topic, index, currentLeaderEpoch)
      : replicas.leader(topic, index, currentLeaderEpoch)
  if (partition instanceof ApiError) {
    const { errorCode } = partition
    refuse(target, errorCode, pass, errorCode === ErrorCode.UnknownTopicOrPartition ? [] : null)
    if (context.apiVersion >= FIRST_VERSION_WITH_LEADERS) {
      Object.assign(pass.answers.at(-1)!.response, pass.hints.of(errorCode, topic, index))
    }
    return 0
  }
  if (target.topicId !== ZERO_UUID && target.topicId !== partition.topicId)
    return refuse(target, ErrorCode.InconsistentTopicId, pass, null)
  const preferred = preferredReplica(partition, fetchOffset, limits, context)
  if (preferred !== undefined) return redirect(target, partition, preferred, pass)
  // Kafka's log throws for a negative size.
  if (maxBytes < 0) return refuse(target, ErrorCode.UnknownServerError, pass, null)
  const { log } = partition
  const divergence = findDivergence(target, partition)
  const read =
    divergence === undefined
      ? log.read(fetchOffset, maxBytes, isolation, pass.sizeInBytes === 0, pass.allocate)
      : DIVERGED
  if (read instanceof ApiError) return refuse(target, read.errorCode, pass, null)
  if (divergence instanceof ApiError) return refuse(target, divergence.errorCode, pass, null)
  if (follower !== undefined && divergence === undefined) {
    const { brokerId, brokerEpoch } = follower
    const fetched = { fetchOffset, logStartOffset: target.logStartOffset, brokerEpoch }
    const error = partition.onFollowerFetch(brokerId, fetched, currentLeaderEpoch !== -1)
    if (error !== undefined) return refuse(target, error.errorCode, pass, null)
    // DeleteRecords waits until all followers have deleted the records, too.
    pass.isUrgent ||= target.logStartOffset < log.logStartOffset
    pass.owesHighWatermark ||= target.highWatermark < log.highWatermark
  }

  const response: PartitionResponse = {
    partitionIndex: index,
    errorCode: ErrorCode.None,
    highWatermark: log.highWatermark,
    lastStableOffset: log.lastStableOffset,
    logStartOffset: log.logStartOffset,
    abortedTransactions: read.abortedTransactions,
    records: read.unread === undefined ? read.slices : [read.unread],
    ...(divergence && { divergingEpoch: divergence }),
  }
  pass.answers.push({ target, response, sizeInBytes: read.sizeInBytes })
  pass.partitions.add(partition)
  pass.sizeInBytes += read.sizeInBytes
  // Kafka does not wait for a limit below the fetch offset.
  pass.isUrgent ||= divergence !== undefined || fetchOffset > log.limitOf(isolation)
  return read.sizeInBytes
}

/** Returns the follower that a consumer shall read from instead of this leader (KIP-392). */
function preferredReplica(
  partition: Partition,
  fetchOffset: number,
  { follower, rackId }: FetchLimits,
  context: RequestContext,
): number | undefined {
  const { replicaSelector } = context.services
  if (replicaSelector === undefined || partition.inSyncReplicas === undefined) return undefined
  if (follower !== undefined || context.apiVersion < FIRST_VERSION_FROM_FOLLOWERS) return undefined
  return preferredReadReplica(replicaSelector, partition, fetchOffset, rackId, context)
}

/** Answers with the replica to read from, and no records. */
function redirect(
  target: FetchTarget,
  { log }: Partition,
  brokerId: number,
  pass: FetchPass,
): number {
  pass.answers.push({
    target,
    response: {
      partitionIndex: target.partition,
      errorCode: ErrorCode.None,
      highWatermark: log.highWatermark,
      lastStableOffset: log.lastStableOffset,
      logStartOffset: log.logStartOffset,
      abortedTransactions: null,
      preferredReadReplica: brokerId,
      records: NO_RECORDS,
    },
    sizeInBytes: 0,
  })
  pass.isUrgent = true
  return 0
}

/** Returns the point at which the reader's log diverges from this one, if it does (KIP-595). */
function findDivergence(
  { lastFetchedEpoch, fetchOffset }: FetchTarget,
  { log }: Partition,
): { epoch: number; endOffset: number } | ApiError | undefined {
  if (lastFetchedEpoch < 0) return undefined
  const end = log.endOffsetForEpoch(lastFetchedEpoch)
  if (end.endOffset < 0) return ApiError.of(ErrorCode.OffsetOutOfRange)
  return end.epoch < lastFetchedEpoch || end.endOffset < fetchOffset ? { ...end } : undefined
}

function refuse(
  target: FetchTarget,
  errorCode: ErrorCode,
  pass: FetchPass,
  abortedTransactions: [] | null,
): 0 {
  pass.answers.push({
    target,
    response: {
      partitionIndex: target.partition,
      errorCode,
      highWatermark: -1,
      lastStableOffset: -1,
      logStartOffset: -1,
      abortedTransactions,
      records: NO_RECORDS,
    },
    sizeInBytes: 0,
  })
  pass.isUrgent = true
  pass.hasUnknown ||=
    errorCode === ErrorCode.UnknownTopicId || errorCode === ErrorCode.UnknownTopicOrPartition
  return 0
}

function respond(pass: FetchPass, fetchContext: FetchContext): ResponseBody<typeof Fetch> {
  const sessionId = fetchContext.sessionId()
  const responses: AnsweredTopic[] = []
  let last: AnsweredTopic | undefined
  for (const { target, response, sizeInBytes } of pass.answers) {
    const { errorCode, highWatermark, logStartOffset = -1 } = response
    const isNews = fetchContext.includes(target, {
      errorCode: errorCode as ErrorCode,
      highWatermark,
      logStartOffset,
      sizeInBytes,
      hasDivergingEpoch: response.divergingEpoch !== undefined,
      hasPreferredReplica: response.preferredReadReplica !== undefined,
    })
    if (!isNews) continue
    if (
      last === undefined ||
      last.topic !== (target.topic ?? '') ||
      last.topicId !== target.topicId
    ) {
      last = { topic: target.topic ?? '', topicId: target.topicId, partitions: [] }
      responses.push(last)
    }
    last.partitions.push(response)
  }
  return {
    errorCode: ErrorCode.None,
    sessionId,
    responses,
    nodeEndpoints: pass.hints.endpoints(),
  }
}
