import { errorMessage, errorName, isRetriable } from '../protocol/error-code.ts'

/** The kinds of failures of the client itself, for programs to tell apart. Codes are stable; messages may change. */
export type ClientErrorCode =
  /** A broker answered with an error code of Kafka: see {@link BrokerError}. */
  | 'BROKER_ERROR'
  /** No connection could be opened, or it broke before the answer arrived. */
  | 'CONNECTION_FAILED'
  /** The broker serves no version of a request that the client knows. */
  | 'UNSUPPORTED_VERSION'
  /** The topic does not exist. */
  | 'UNKNOWN_TOPIC'
  /** The topic has fewer partitions. */
  | 'UNKNOWN_PARTITION'
  /** An argument of the caller is not allowed. */
  | 'INVALID_ARGUMENT'

/** A failure of the Kafka client. The message says what failed and why. */
export class ClientError extends Error {
  override readonly name: string = 'ClientError'
  readonly code: ClientErrorCode

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** Whether the same operation may succeed when it is tried again. */
  get isRetriable(): boolean {
    return this.code === 'CONNECTION_FAILED'
  }
}

/** Thrown when a broker answers with an error code. */
export class BrokerError extends ClientError {
  /** The code on the wire, such as 3 for `UNKNOWN_TOPIC_OR_PARTITION`. */
  readonly errorCode: number

  /**
   * @param operation the operation that failed, such as `creating topic orders`
   * @param message the broker's own message; default Kafka's message for the code
   */
  constructor(errorCode: number, operation: string, message?: string | null) {
    super(
      'BROKER_ERROR',
      `${operation}: ${errorName(errorCode)}: ${message ?? errorMessage(errorCode)}`,
    )
    this.errorCode = errorCode
  }

  override get isRetriable(): boolean {
    return isRetriable(this.errorCode)
  }
}

/** Throws a {@link BrokerError} unless the code is 0. */
export function check(errorCode: number, operation: string, message?: string | null): void {
  if (errorCode !== 0) throw new BrokerError(errorCode, operation, message)
}
