import { putVarint, putVarlong } from '../../../src/record/varint.ts'

/** One record as it is written, right or wrong. What is left out is right. */
export interface RecordShape {
  /** Milliseconds from the base timestamp; bytes stand there as they are. */
  timestampDelta?: number | Uint8Array
  offsetDelta?: number | Uint8Array
  key?: string | null
  value?: string | null
  headers?: readonly (readonly [string | null, string | null])[]
  attributes?: number
  /** In place of the record's true sizes. */
  size?: number | Uint8Array
  keySize?: number | Uint8Array
  valueSize?: number | Uint8Array
  headerCount?: number | Uint8Array
  headerKeySize?: number
  /** Stands behind the record's last field, within its size. */
  tail?: Uint8Array
}

/** The bytes of records behind each other. */
export function recordBytes(records: readonly RecordShape[]): Buffer {
  return Buffer.concat(records.map((record, index) => oneRecord(record, index)))
}

/** A varint that goes on for more bytes than one may have. */
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
