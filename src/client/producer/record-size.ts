import { varintSize } from '../../record/varint.ts'
import type { ProducerRecord } from './producer-record.ts'

/** The largest that length, attributes, deltas of timestamp and offset, and the count of headers can be. */
const MAX_OVERHEAD = 5 + 1 + 10 + 5 + 5

/** Returns the largest size that a record can have in a batch, before compression. */
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
