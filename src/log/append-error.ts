import { ApiError } from '../protocol/api-error.ts'
import type { ErrorCode } from '../protocol/error-code.ts'
import type { RecordError, RecordsRejected } from '../record/validation-rules.ts'

/** The reason why a log appended nothing (KIP-467). */
export class AppendError extends ApiError {
  /** -1 when Kafka's response does not name it. */
  readonly logStartOffset: number
  /** The refused records of the batch, and why. */
  readonly recordErrors: readonly RecordError[]

  constructor(
    errorCode: ErrorCode,
    logStartOffset: number,
    message: string | null = null,
    recordErrors: readonly RecordError[] = [],
  ) {
    super(errorCode, message)
    this.logStartOffset = logStartOffset
    this.recordErrors = recordErrors
  }

  /** Returns the error for records that the validator refused. */
  static ofRejected(rejected: RecordsRejected, logStartOffset: number): AppendError {
    const { errorCode, message, recordErrors, namesLogStartOffset } = rejected
    return new AppendError(
      errorCode,
      namesLogStartOffset ? logStartOffset : -1,
      message,
      recordErrors,
    )
  }
}
