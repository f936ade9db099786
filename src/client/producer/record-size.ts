import { varintSize } from '../../record/varint.ts'
import type { ProducerRecord } from './producer-record.ts'

/**
 * The maximum size of length, attributes, deltas of timestamp and offset, and the count of headers.
 */
const MAX_OVERHEAD = 5 + 1 + 10 + 5 + 5

/** Returns the maximum size of a record in a batch, before compression. */
export function maxRecordSize({ key, value, headers = [] }: ProducerRecord): number {
  let size = MAX_OVERHEAD + fieldSize(key) + fieldSize(value)
  for (const header of headers) {
    const keySize = Buffer.byteLength(header.key)
    size += varintSize(keySize) + keySize + fieldSize(header.value)
  }
  return size
}

function fieldSize(field: Uint8Array | null | undefined): number {
  return field == null ? 1 : varintSize(field.length) + field.length
}
