import { CLOSE_CONNECTION, NO_ANSWER } from '../../network/frame-handler.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { Produce } from '../../protocol/messages/00-produce.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { RequestContext } from '../request-context.ts'
import { BATCH_OVERHEAD } from '../../record/batch-layout.ts'
import { BatchView } from '../../record/batch-view.ts'
import { LeaderHints } from '../leader-hints.ts'
import type { Handler } from './handler.ts'

type TopicData = RequestOf<typeof Produce>['topicData'][number]
type PartitionData = TopicData['partitionData'][number]
type TopicResponse = ResponseInput<typeof Produce>['responses'][number]
type PartitionResponse = TopicResponse['partitionResponses'][number]

/** The first version that names topics by id (KIP-516). */
const FIRST_VERSION_WITH_TOPIC_IDS = 13

/**
 * Produce (0): appends record batches to the logs that this broker leads.
 *
 *   v3   batches of magic 2, transactional ids (KIP-98)
 *   v5   logStartOffset
 *   v7   zstd (KIP-110)
 *   v8   which records were refused, and why (KIP-467)
 *   v10  the current leader, where this broker is not it (KIP-951)
 *   v12  implicit adding of partitions to transactions (KIP-890)
 *   v13  topic ids (KIP-516)
 *
 * `acks=0` is never answered; an error closes the connection instead, so that the client notices.
 */
export const produce: Handler<typeof Produce> = (request, context) => {
  const usesTopicIds = context.apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS
  const requestError = checkRequest(request)
  const hints = new LeaderHints(context)
  let hasError = false
  const responses: TopicResponse[] = []
  for (const { name, topicId, partitionData } of request.topicData) {
    const topic = usesTopicIds ? context.broker.topicName(topicId) : name
    const partitionResponses: PartitionResponse[] = []
    for (const data of partitionData) {
      const response =
        requestError !== ErrorCode.None
          ? refused(data.index, requestError)
          : topic === undefined
            ? refused(data.index, ErrorCode.UnknownTopicId)
            : append(topic, data, context, hints)
      hasError ||= response.errorCode !== ErrorCode.None
      partitionResponses.push(response)
    }
    responses.push({ name, topicId, partitionResponses })
  }
  if (request.acks === 0) return hasError ? CLOSE_CONNECTION : NO_ANSWER
  return { responses, throttleTimeMs: 0, nodeEndpoints: hints.endpoints() }
}

/** What is wrong with the request as a whole, and so with each of its partitions. */
function checkRequest({ acks, transactionalId, topicData }: RequestOf<typeof Produce>): ErrorCode {
  if (acks < -1 || acks > 1) return ErrorCode.InvalidRequiredAcks
  if (transactionalId === null && topicData.some(hasTransactionalBatch)) {
    return ErrorCode.TransactionalIdAuthorizationFailed
  }
  return ErrorCode.None
}

function hasTransactionalBatch({ partitionData }: TopicData): boolean {
  return partitionData.some(
    ({ records }) =>
      records !== null &&
      records.length >= BATCH_OVERHEAD &&
      new BatchView(records).isTransactional,
  )
}

function append(
  topic: string,
  data: PartitionData,
  context: RequestContext,
  hints: LeaderHints,
): PartitionResponse {
  const { index, records } = data
  const partition = context.broker.replicas.leader(topic, index)
  if (typeof partition === 'number') {
    return { ...refused(index, partition), ...hints.of(partition, topic, index) }
  }
  if (records === null) return refused(index, ErrorCode.InvalidRecord)
  const result = partition.append(records, { origin: 'client', produceVersion: context.apiVersion })
  if ('errorCode' in result) {
    const { errorCode, errorMessage, recordErrors, logStartOffset } = result
    return {
      ...refused(index, errorCode),
      logStartOffset,
      errorMessage,
      recordErrors: [...recordErrors],
    }
  }
  const { baseOffset, logAppendTimeMs, logStartOffset } = result
  return {
    index,
    errorCode: ErrorCode.None,
    baseOffset,
    logAppendTimeMs,
    logStartOffset,
    recordErrors: [],
  }
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
