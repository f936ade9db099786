import { ApiError } from '../../protocol/api-error.ts'
import { allAnswers, mapAnswer, type Answer } from '../../controller/answer.ts'
import { ErrorCode, errorMessage } from '../../protocol/error-code.ts'
import type { FindCoordinator } from '../../protocol/messages/10-find-coordinator.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import type { BrokerNode } from '../broker-endpoints.ts'
import { findCoordinator as locate } from '../coordinator-location.ts'
import type { RequestContext } from '../request-context.ts'
import type { Handler } from './handler.ts'

type CoordinatorResponse = ResponseBody<typeof FindCoordinator>['coordinators'][number]

/** The first version with several keys per request (KIP-699). */
const FIRST_BATCHED_VERSION = 4

/**
 * FindCoordinator (10): returns the coordinator of a group, a transactional id or a share
 * partition.
 *
 *   v1  keyType: transactions too (KIP-98)
 *   v4  several keys in one request (KIP-699)
 *   v6  share partitions, `group:topicId:partition` (KIP-932)
 */
export const findCoordinator: Handler<typeof FindCoordinator> = (request, context) => {
  const isBatched = context.apiVersion >= FIRST_BATCHED_VERSION
  const keys = isBatched ? request.coordinatorKeys : [request.key]
  const found = keys.map((key) => answer(key, request.keyType, isBatched, context))
  return mapAnswer(allAnswers(found), (coordinators) => {
    const { errorCode, errorMessage: message, nodeId, host, port } = coordinators[0] ?? NO_KEYS
    return { errorCode, errorMessage: message, nodeId, host, port, coordinators }
  })
}

const NO_KEYS = { errorCode: ErrorCode.None, errorMessage: '', nodeId: -1, host: '', port: -1 }

function answer(
  key: string,
  keyType: number,
  isBatched: boolean,
  context: RequestContext,
): Answer<CoordinatorResponse> {
  return mapAnswer(locate(key, keyType, context), (located) => response(key, located, isBatched))
}

function response(
  key: string,
  located: BrokerNode | ApiError,
  isBatched: boolean,
): CoordinatorResponse {
  if (!(located instanceof ApiError)) {
    const { nodeId, host, port } = located
    // Here Kafka's response contains the text NONE, but only in the format without batches.
    return {
      key,
      nodeId,
      host,
      port,
      errorCode: ErrorCode.None,
      errorMessage: isBatched ? '' : 'NONE',
    }
  }
  const { errorCode, message } = located
  return {
    key,
    nodeId: -1,
    host: '',
    port: -1,
    errorCode,
    errorMessage: isBatched ? (message ?? '') : errorMessage(errorCode),
  }
}
