/**
 * Bytes that are not a record batch, or not the one its header speaks of (Kafka's
 * `CorruptRecordException` and, for the records within a batch, `InvalidRecordException`). The only
 * error that reading records throws.
 */
export class CorruptRecordError extends Error {
  override readonly name: string = 'CorruptRecordError'
}

/** Records that decompress to more than the reader is willing to hold. */
export class RecordTooLargeError extends CorruptRecordError {
  override readonly name = 'RecordTooLargeError'
}
