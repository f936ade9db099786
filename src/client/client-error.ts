import { ErrorCode, errorMessage, errorName, isRetriable } from '../protocol/error-code.ts'

/** The kinds of failures. Codes are stable; messages may change. */
export type ClientErrorCode =
  /** A broker returned an error code: see {@link BrokerError}. */
  | 'BROKER_ERROR'
  /** No connection could be opened, or it broke before the response arrived. */
  | 'CONNECTION_FAILED'
  /** No broker of the cluster could be reached for longer than `unreachableTimeoutMs`. */
  | 'UNREACHABLE'
  /** The broker did not respond in time. */
  | 'REQUEST_TIMED_OUT'
  /** The bytes that a broker sent are not a response of the Kafka protocol. */
  | 'INVALID_RESPONSE'
  /** The broker serves no version of a request that the client knows. */
  | 'UNSUPPORTED_VERSION'
  /** The topic does not exist. */
  | 'UNKNOWN_TOPIC'
  /** The topic has fewer partitions. */
  | 'UNKNOWN_PARTITION'
  /** An argument of the caller is not allowed. */
  | 'INVALID_ARGUMENT'
  /** A record is larger than `maxRequestBytes`. */
  | 'RECORD_TOO_LARGE'
  /** Records were not acknowledged within `deliveryTimeoutMs`. */
  | 'DELIVERY_TIMED_OUT'
  /**
   * A partition has no committed offset, or its offset is out of range, and there is no reset
   * policy.
   */
  | 'NO_OFFSET'
  /** The offsets were not committed: the member has lost its partitions to a rebalance. */
  | 'COMMIT_FAILED'
  /** The call is not allowed now, such as a commit without a transaction. */
  | 'INVALID_STATE'
  /** The call has not succeeded in time; it continues. The same call waits for it again. */
  | 'TIMED_OUT'
  /**
   * The transaction has failed. Abort it; then the same work can be done in a new transaction.
   * `cause` is the first failure.
   */
  | 'TRANSACTION_ABORTABLE'
  /** The records were not sent, because their transaction was aborted. */
  | 'TRANSACTION_ABORTED'
  /** Another producer with the same transactional id has replaced this one. Close it. */
  | 'PRODUCER_FENCED'
  /** A transactional producer cannot continue. Close it, and create a new one. */
  | 'PRODUCER_FAILED'
  /** The client, producer or consumer was closed. */
  | 'CLOSED'
  /** The caller's signal was aborted. */
  | 'ABORTED'

interface ClientErrorOptions extends ErrorOptions {
  /** Says what the caller can do. */
  readonly advice?: string | undefined
}

const retriableCodes: ReadonlySet<ClientErrorCode> = new Set([
  'CONNECTION_FAILED',
  'REQUEST_TIMED_OUT',
])

/**
 * A failure of the Kafka client. The message says what failed and why; `advice` says what to do.
 */
export class ClientError extends Error {
  override readonly name: string = 'ClientError'
  readonly code: ClientErrorCode
  readonly advice: string | undefined

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.advice = options.advice
  }

  /** Whether the same operation may succeed when it is retried. */
  get isRetriable(): boolean {
    return retriableCodes.has(this.code)
  }
}

/** Advice for the caller on error codes whose message has none. */
const adviceOn: ReadonlyMap<number, string> = new Map([
  [
    ErrorCode.TransactionalIdNotFound,
    'Check its name, and that it has not expired: list the transactional ids.',
  ],
])

/** Thrown when a broker returns an error code. */
export class BrokerError extends ClientError {
  /** The code on the wire, such as 3. */
  readonly errorCode: number
  /** Kafka's name of the code, such as `UNKNOWN_TOPIC_OR_PARTITION`. */
  readonly errorName: string
  /** The operation that failed, such as `creating topic orders`. */
  readonly operation: string

  /** @param message the broker's own message; default Kafka's message for the code */
  constructor(errorCode: number, operation: string, message?: string | null) {
    const name = errorName(errorCode)
    super('BROKER_ERROR', `${operation}: ${name}: ${message ?? errorMessage(errorCode)}`, {
      advice: adviceOn.get(errorCode),
    })
    this.errorCode = errorCode
    this.errorName = name
    this.operation = operation
  }

  override get isRetriable(): boolean {
    return isRetriable(this.errorCode)
  }
}

/** Returns the error for a partition that a topic does not have. */
export function unknownPartition(
  topic: string,
  partition: number,
  partitionCount: number,
): ClientError {
  const last = partitionCount - 1
  return new ClientError(
    'UNKNOWN_PARTITION',
    `topic ${topic} has no partition ${partition}; the last one is ${last}`,
  )
}

/** Throws a {@link BrokerError} unless the code is 0. */
export function check(errorCode: number, operation: string, message?: string | null): void {
  if (errorCode !== 0) throw new BrokerError(errorCode, operation, message)
}

/** Whether an error is a broker's error with one of these codes. */
export function isBrokerError(error: unknown, ...errorCodes: number[]): error is BrokerError {
  return error instanceof BrokerError && errorCodes.includes(error.errorCode)
}

/** Whether the operation that failed with this error may succeed when it is retried. */
export function isRetriableError(error: unknown): boolean {
  return error instanceof ClientError && error.isRetriable
}
