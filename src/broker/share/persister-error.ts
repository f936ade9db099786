import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'

/**
 * Returns the error that a client of a share partition gets for an error of the share coordinator;
 * `undefined` for none (Kafka's `SharePartition.fetchPersisterError`).
 */
export function persisterError(errorCode: number, message: string | null): ApiError | undefined {
  switch (errorCode) {
    case ErrorCode.None:
      return undefined
    case ErrorCode.NotCoordinator:
    case ErrorCode.CoordinatorNotAvailable:
    case ErrorCode.CoordinatorLoadInProgress:
      return new ApiError(ErrorCode.CoordinatorNotAvailable, message)
    case ErrorCode.GroupIdNotFound:
    case ErrorCode.UnknownTopicOrPartition:
      return new ApiError(errorCode, message)
    case ErrorCode.FencedLeaderEpoch:
    case ErrorCode.FencedStateEpoch:
      return new ApiError(ErrorCode.NotLeaderOrFollower, message)
    case ErrorCode.SaslAuthenticationFailed:
    case ErrorCode.UnsupportedVersion:
      return new ApiError(
        ErrorCode.UnknownServerError,
        'Unable to complete operation due to server error.',
      )
    default:
      return new ApiError(ErrorCode.UnknownServerError, message)
  }
}

/** Whether the error means that another leader serves the share partition, or none does. */
export function isFencing({ errorCode }: ApiError): boolean {
  return (
    errorCode === ErrorCode.NotLeaderOrFollower ||
    errorCode === ErrorCode.FencedStateEpoch ||
    errorCode === ErrorCode.GroupIdNotFound ||
    errorCode === ErrorCode.UnknownTopicOrPartition
  )
}
