import type { ConnectionInfo } from '../../network/request-connection.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { ShareMember, ShareSessionCache } from './share-session-cache.ts'
import { FINAL_EPOCH, INITIAL_EPOCH, nextEpoch, type RequestedPartition } from './share-session.ts'

/**
 * The partitions of a ShareFetch, and which of them its response has to contain (Kafka's
 * `ShareFetchContext`).
 */
export interface ShareFetchContext {
  readonly partitions: readonly RequestedPartition[]
  /** Whether no other request has used the session since. */
  isCurrent(): boolean
  /** Whether the response has to contain the partition. */
  includes(
    partition: RequestedPartition,
    answer: { readonly errorCode: number; readonly hasRecords: boolean },
  ): boolean
}

export interface ShareSessionRequest extends ShareMember {
  readonly epoch: number
  readonly partitions: readonly RequestedPartition[]
  readonly forgotten: readonly RequestedPartition[]
  readonly hasAcknowledgements: boolean
}

const finalContext: ShareFetchContext = {
  partitions: [],
  isCurrent: () => true,
  includes: () => true,
}

/** Starts, continues or ends the session of a ShareFetch. Returns an error if it cannot. */
export function openShareFetchContext(
  request: ShareSessionRequest,
  sessions: ShareSessionCache,
  connection: ConnectionInfo,
): ShareFetchContext | ApiError {
  const { epoch, partitions } = request
  if (epoch === INITIAL_EPOCH) {
    if (request.hasAcknowledgements) return ApiError.of(ErrorCode.InvalidRequest)
    sessions.remove(request)
    if (sessions.create(request, partitions, connection) === undefined) {
      return ApiError.of(ErrorCode.ShareSessionLimitReached)
    }
    return { partitions, isCurrent: () => true, includes: () => true }
  }
  const session = sessions.get(request)
  if (session === undefined) return ApiError.of(ErrorCode.ShareSessionNotFound)
  if (epoch === FINAL_EPOCH) return finalContext
  if (session.epoch !== epoch) return ApiError.of(ErrorCode.InvalidShareSessionEpoch)
  session.update(partitions, request.forgotten)
  session.advanceEpoch()
  return {
    partitions: session.partitions(),
    isCurrent: () => session.epoch === nextEpoch(epoch),
    includes: (partition, answer) => session.noteAnswer(partition, answer),
  }
}

/** Continues the session of a ShareAcknowledge. Returns an error if it cannot. */
export function continueShareSession(
  member: ShareMember,
  epoch: number,
  sessions: ShareSessionCache,
): ApiError | undefined {
  if (epoch === INITIAL_EPOCH) return ApiError.of(ErrorCode.InvalidShareSessionEpoch)
  const session = sessions.get(member)
  if (session === undefined) return ApiError.of(ErrorCode.ShareSessionNotFound)
  if (epoch === FINAL_EPOCH) return undefined
  if (session.epoch !== epoch) return ApiError.of(ErrorCode.InvalidShareSessionEpoch)
  session.advanceEpoch()
  return undefined
}
