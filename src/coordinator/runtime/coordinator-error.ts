import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'

/**
 * Returns the client's error if a coordinator cannot append to its topic, or cannot verify a
 * transaction (Kafka's `handleOperationException`).
 */
export function coordinatorError(error: ApiError): ApiError {
  const errorCode = clientErrors.get(error.errorCode)
  return errorCode === undefined ? error : ApiError.of(errorCode)
}

const clientErrors: ReadonlyMap<ErrorCode, ErrorCode> = new Map<ErrorCode, ErrorCode>([
  [ErrorCode.NetworkException, ErrorCode.CoordinatorLoadInProgress],
  [ErrorCode.UnknownTopicOrPartition, ErrorCode.CoordinatorNotAvailable],
  [ErrorCode.NotEnoughReplicas, ErrorCode.CoordinatorNotAvailable],
  [ErrorCode.RequestTimedOut, ErrorCode.CoordinatorNotAvailable],
  [ErrorCode.NotLeaderOrFollower, ErrorCode.NotCoordinator],
  [ErrorCode.KafkaStorageError, ErrorCode.NotCoordinator],
  [ErrorCode.MessageTooLarge, ErrorCode.UnknownServerError],
  [ErrorCode.RecordListTooLarge, ErrorCode.UnknownServerError],
  [ErrorCode.InvalidFetchSize, ErrorCode.UnknownServerError],
])
