import { ErrorCode } from '../protocol/error-code.ts'

/**
 * Thrown when bytes are not a record batch, or not the one that their header speaks of (Kafka's
 * `CorruptRecordException`). It and its subclasses are the only errors that reading records throws.
 */
export class CorruptRecordError extends Error {
  override readonly name: string = 'CorruptRecordError'
  /** What Kafka answers for a partition in which it meets this. */
  readonly errorCode: ErrorCode = ErrorCode.CorruptMessage
}

/** Thrown when the records in a batch are not made as records are (`InvalidRecordException`). */
export class InvalidRecordError extends CorruptRecordError {
  override readonly name: string = 'InvalidRecordError'
  override readonly errorCode = ErrorCode.InvalidRecord
}

/**
 * Thrown when compressed records cannot be decompressed. Kafka has no error code of its own for it.
 */
export class BrokenStreamError extends CorruptRecordError {
  override readonly name = 'BrokenStreamError'
  override readonly errorCode = ErrorCode.UnknownServerError
}

/** Thrown when records decompress to more than the reader is willing to hold. */
export class RecordTooLargeError extends InvalidRecordError {
  override readonly name = 'RecordTooLargeError'
}
