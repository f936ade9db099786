import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../protocol/error-code.ts'

/** The error of a result, in the fields of a response. */
export interface ErrorFields {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

/** Returns the fields of a refusal, or those of success without one. */
export function errorFields(error: ApiError | undefined): ErrorFields {
  return { errorCode: error?.errorCode ?? ErrorCode.None, errorMessage: error?.message ?? null }
}

/** The error of a request that no controller answers in time. */
export const requestTimedOut = new ApiError(
  ErrorCode.RequestTimedOut,
  errorMessage(ErrorCode.RequestTimedOut),
)
