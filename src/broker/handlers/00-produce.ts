import { CLOSE_CONNECTION, NO_ANSWER } from '../../network/frame-handler.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { Produce } from '../../protocol/messages/00-produce.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { RequestContext } from '../request-context.ts'
import { batchSizeAt, BatchView } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import { AwaitedCommits } from '../awaited-commits.ts'
import { isInternalTopic } from '../internal-topics.ts'
import { LeaderHints } from '../leader-hints.ts'
import type { Partition } from '../partition.ts'
import type { StepResult } from '../pipeline/step.ts'
import type { Verification } from '../transaction-verifier.ts'
import {
  FIRST_VERSION_WITH_TOPIC_IDS,
  unverified,
  type VerifiedProduce,
  verifyProduce,
} from '../transactional-produce.ts'
import { uniqueBy } from '../unique-by.ts'
import type { Handler } from './handler.ts'

type TopicData = RequestOf<typeof Produce>['topicData'][number]
type PartitionData = TopicData['partitionData'][number]
type TopicResponse = ResponseBody<typeof Produce>['responses'][number]
type PartitionResponse = TopicResponse['partitionResponses'][number]

/** `acks` of a request that waits for all in-sync replicas. */
const ALL = -1

/** The client id that may write to internal topics in Kafka. */
const ADMIN_CLIENT_ID = '__admin_client'

/**
 * Produce (0): appends record batches to the logs that this broker leads.
 *
 *   v3   batches of magic 2, transactional ids (KIP-98)
 *   v5   logStartOffset
 *   v7   zstd (KIP-110)
 *   v8   which records were refused, and why (KIP-467)
 *   v10  the current leader, if it is another broker (KIP-951)
 *   v11  TRANSACTION_ABORTABLE (KIP-890)
 *   v12  partitions are added to transactions implicitly (KIP-890)
 *   v13  topic ids (KIP-516)
 *
 * `acks=0` has no response. An error closes the connection instead, so that the client notices it.
 * With `durability: 'fsync'` responses wait for the disk.
 */
export const produce: Handler<typeof Produce> = (request, context) => {
  const isTransactional = hasTransactionalRecords(request)
  if (isTransactional === false) return appendAll(request, context, unverified)
  if (isTransactional instanceof ApiError) return appendAll(request, context, isTransactional)
  const verified = verifyProduce(request, context)
  return verified instanceof Promise
    ? verified.then((settled) => appendAll(request, context, settled))
    : appendAll(request, context, verified)
}

/**
 * Appends to all partitions.
 *
 * @param verified the result of the verification of each partition that needed it, or an error that
 * refuses all
 */
function appendAll(
  request: RequestOf<typeof Produce>,
  context: RequestContext,
  verified: VerifiedProduce | ApiError,
): StepResult<typeof Produce> {
  const usesTopicIds = context.apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS
  const hints = new LeaderHints(context)
  const commits = new AwaitedCommits<PartitionResponse>()
  let hasError = false
  const responses: TopicResponse[] = []
  for (const { name, topicId, partitionData } of request.topicData) {
    const topic = usesTopicIds ? context.services.image.topicsById.get(topicId)?.name : name
    const partitionResponses: PartitionResponse[] = []
    for (const data of uniqueBy(partitionData, indexOf)) {
      const response =
        verified instanceof ApiError
          ? { ...refused(data.index, verified.errorCode), errorMessage: verified.message }
          : topic === undefined
            ? refused(data.index, ErrorCode.UnknownTopicId)
            : append(topic, data, request.acks, verified.get(data), context, hints, commits)
      hasError ||= response.errorCode !== ErrorCode.None
      partitionResponses.push(response)
    }
    if (partitionResponses.length > 0) responses.push({ name, topicId, partitionResponses })
  }
  if (request.acks === 0) return hasError ? CLOSE_CONNECTION : NO_ANSWER
  const respond = () => ({ responses, nodeEndpoints: hints.endpoints() })
  if (commits.isEmpty) return respond()
  return commits.settled(request.timeoutMs, context.services.clock).then(respond)
}

const indexOf = ({ index }: PartitionData): number => index

/**
 * Returns whether the first batch of a partition is transactional. Kafka reads these batches before
 * it appends any. An error refuses all partitions of the request.
 */
function hasTransactionalRecords({
  topicData,
  transactionalId,
}: RequestOf<typeof Produce>): boolean | ApiError {
  try {
    for (const { partitionData } of topicData) {
      for (const { records } of partitionData) {
        if (records === null || batchSizeAt(records, 0) <= 0) continue
        if (!new BatchView(records).isTransactional) continue
        if (transactionalId !== null) return true
        return ApiError.of(ErrorCode.TransactionalIdAuthorizationFailed)
      }
    }
    return false
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error
    return new ApiError(ErrorCode.CorruptMessage, error.message)
  }
}

function append(
  topic: string,
  data: PartitionData,
  acks: number,
  verification: Verification,
  context: RequestContext,
  hints: LeaderHints,
  commits: AwaitedCommits<PartitionResponse>,
): PartitionResponse {
  const { index, records } = data
  const partition = context.services.replicas.leader(topic, index)
  if (partition instanceof ApiError) {
    const { errorCode } = partition
    return { ...refused(index, errorCode), ...hints.of(errorCode, topic, index) }
  }
  if (verification instanceof ApiError) {
    return {
      ...refused(index, verification.errorCode),
      errorMessage: verification.message,
    }
  }
  if (acks < -1 || acks > 1) return refused(index, ErrorCode.InvalidRequiredAcks)
  if (isInternalTopic(topic) && context.clientId !== ADMIN_CLIENT_ID)
    return refused(index, ErrorCode.InvalidTopicException)
  if (records === null) return refused(index, ErrorCode.InvalidRecord)
  if (acks === ALL) {
    const error = partition.checkInSyncReplicas()
    if (error !== undefined) return refused(index, error.errorCode)
  }
  const result = partition.append(records, {
    origin: 'client',
    produceVersion: context.apiVersion,
    verificationGuard: verification,
  })
  if (result instanceof ApiError) {
    const { errorCode, message, recordErrors, logStartOffset } = result
    return {
      ...refused(index, errorCode),
      logStartOffset,
      errorMessage: message,
      recordErrors: [...recordErrors],
    }
  }
  const { baseOffset, lastOffset, logAppendTimeMs, logStartOffset } = result
  const response: PartitionResponse = {
    index,
    errorCode: ErrorCode.None,
    baseOffset,
    logAppendTimeMs,
    logStartOffset,
    recordErrors: [],
  }
  const acknowledged =
    acks === ALL ? partition.committed(lastOffset + 1) : partition.durable(lastOffset + 1)
  if (acknowledged !== undefined) {
    commits.add(response, partition, acknowledged, (isCommitted) => {
      const errorCode = isCommitted
        ? errorOfCommitted(acks, partition)
        : errorOfLost(partition, context)
      Object.assign(response, hints.of(errorCode, topic, index))
      return errorCode
    })
  }
  return response
}

/** The in-sync replicas may have become too few after the append. */
function errorOfCommitted(acks: number, { inSyncReplicas }: Partition): ErrorCode {
  return acks !== ALL || inSyncReplicas === undefined || inSyncReplicas.haveEnough
    ? ErrorCode.None
    : ErrorCode.NotEnoughReplicasAfterAppend
}

/**
 * Returns the error if records cannot be committed here any more: the disk failed, the topic was
 * deleted, or another broker leads the partition now.
 */
function errorOfLost({ topic, partition }: Partition, { services }: RequestContext): ErrorCode {
  const led = services.replicas.leader(topic, partition)
  return led instanceof ApiError ? led.errorCode : ErrorCode.NotLeaderOrFollower
}

function refused(index: number, errorCode: ErrorCode): PartitionResponse {
  return {
    index,
    errorCode,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
    recordErrors: [],
  }
}
