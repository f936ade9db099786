import { hasErrorCode } from '../platform/system-error.ts'
import { CorruptRecordError, RecordTooLargeError } from './corrupt-record-error.ts'

/**
 * What an error of `node:zlib` says about the stream: that it holds too much, or that it is none.
 */
export function zlibError(codec: string, maxBytes: number, cause: unknown): CorruptRecordError {
  if (hasErrorCode(cause, 'ERR_BUFFER_TOO_LARGE')) {
    return new RecordTooLargeError(`${codec} stream holds more than ${maxBytes} bytes`, { cause })
  }
  return new CorruptRecordError(`${codec} stream cannot be decompressed`, { cause })
}
