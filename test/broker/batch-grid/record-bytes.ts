import { putVarint, putVarlong } from '../../../src/record/varint.ts'

/** The bytes of one record, valid or not. Omitted fields are correct. */
export interface RecordShape {
  /** Milliseconds from the base timestamp; bytes are used unchanged. */
  timestampDelta?: number | Uint8Array
  offsetDelta?: number | Uint8Array
  key?: string | null
  value?: string | null
  headers?: readonly (readonly [string | null, string | null])[]
  attributes?: number
  /** Replaces the record's true size. */
  size?: number | Uint8Array
  keySize?: number | Uint8Array
  valueSize?: number | Uint8Array
  headerCount?: number | Uint8Array
  headerKeySize?: number
  /** Bytes after the last field of the record, within its size. */
  tail?: Uint8Array
}

/** Returns the bytes of consecutive records. */
export function recordBytes(records: readonly RecordShape[]): Buffer {
  return Buffer.concat(records.map((record, index) => oneRecord(record, index)))
}

/** A varint that is longer than allowed. */
export const endlessVarint = Buffer.alloc(12, 0xff)

function oneRecord(record: RecordShape, index: number): Buffer {
  const { key = 'k', value = `v${index}`, headers = [] } = record
  const body = Buffer.concat([
    Buffer.of(record.attributes ?? 0),
    varlong(record.timestampDelta ?? 0),
    varint(record.offsetDelta ?? index),
    field(key, record.keySize),
    field(value, record.valueSize),
    varint(record.headerCount ?? headers.length),
    ...headers.flatMap(([name, text]) => [field(name, record.headerKeySize), field(text)]),
    record.tail ?? Buffer.alloc(0),
  ])
  return Buffer.concat([varint(record.size ?? body.length), body])
}

function field(text: string | null, size?: number | Uint8Array): Buffer {
  const bytes = Buffer.from(text ?? '')
  return Buffer.concat([varint(size ?? (text === null ? -1 : bytes.length)), bytes])
}

function varint(value: number | Uint8Array): Buffer {
  if (typeof value !== 'number') return Buffer.from(value)
  const bytes = Buffer.alloc(5)
  return bytes.subarray(0, putVarint(bytes, 0, value))
}

function varlong(value: number | Uint8Array): Buffer {
  if (typeof value !== 'number') return Buffer.from(value)
  const bytes = Buffer.alloc(10)
  return bytes.subarray(0, putVarlong(bytes, 0, value))
}
