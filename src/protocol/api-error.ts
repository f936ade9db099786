import type { ErrorCode } from './error-code.ts'

/**
 * A refusal in the terms of the protocol (Kafka's `ApiError`). A function that may refuse returns
 * `T | ApiError`, or `ApiError | undefined` if it has no result; its caller tests with `instanceof
 * ApiError`. It is returned, never thrown.
 */
export class ApiError {
  readonly errorCode: ErrorCode
  /** The text that Kafka sends with the code; null when it sends none. */
  readonly message: string | null

  constructor(errorCode: ErrorCode, message: string | null = null) {
    this.errorCode = errorCode
    this.message = message
  }

  /**
   * Returns the error of this code without a message. Each code has one instance: this allocates
   * nothing.
   */
  static of(errorCode: ErrorCode): ApiError {
    return (withoutMessage[errorCode + 1] ??= new ApiError(errorCode))
  }
}

/** Indexed by error code + 1, because the codes begin at -1. */
const withoutMessage: (ApiError | undefined)[] = []
