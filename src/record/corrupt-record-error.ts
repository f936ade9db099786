import { ErrorCode } from '../protocol/error-code.ts'

/**
 * Thrown if bytes are not a record batch, or do not match their header (Kafka's
 * `CorruptRecordException`). It and its subclasses are the only errors that reading records throws.
 */
export class CorruptRecordError extends Error {
  override readonly name: string = 'CorruptRecordError'
  /** Kafka's error code for a partition with such records. */
  readonly errorCode: ErrorCode = ErrorCode.CorruptMessage
}

/** Thrown if the records in a batch are malformed (`InvalidRecordException`). */
export class InvalidRecordError extends CorruptRecordError {
  override readonly name: string = 'InvalidRecordError'
  override readonly errorCode = ErrorCode.InvalidRecord
}

/**
 * Thrown if compressed records cannot be decompressed. Kafka has no error code of its own for it.
 */
export class BrokenStreamError extends CorruptRecordError {
  override readonly name = 'BrokenStreamError'
  override readonly errorCode = ErrorCode.UnknownServerError
}

/** Thrown if records decompress to more than the limit of the reader. */
export class RecordTooLargeError extends InvalidRecordError {
  override readonly name = 'RecordTooLargeError'
}
