import { endlessVarint, recordBytes, type RecordShape } from './record-bytes.ts'
import { HOUR, shape, threeRecords, type Draft, type Shape } from './shape.ts'

const DAY = 24 * HOUR
const [first, second, third] = threeRecords as [RecordShape, RecordShape, RecordShape]

/** Three records, with a change in the second. */
function middle(name: string, change: RecordShape, draft: Draft = {}): Shape {
  return shape(name, { ...draft, records: [first, { ...second, ...change }, third] })
}

/** Three records, with a change in the last. */
function last(name: string, change: RecordShape): Shape {
  return shape(name, { records: [first, second, { ...third, ...change }] })
}

function offsets(...deltas: readonly number[]): RecordShape[] {
  return threeRecords.map((record, index) => ({ ...record, offsetDelta: deltas[index]! }))
}

function many(count: number): RecordShape[] {
  return Array.from({ length: count }, (_, index) => ({ timestampDelta: index % 7 }))
}

const kafkajs: Draft = {
  records: [{ timestampDelta: 0 }, { timestampDelta: DAY }],
  header: { baseAt: -DAY, maxAt: -DAY },
}

/** Shapes with changed records. */
export const recordShapes: readonly Shape[] = [
  shape('one record', { records: [{}] }),
  shape('kafkajs: yesterday, now and a header of yesterday', kafkajs),
  shape('offsets 0, 0, 0', { records: offsets(0, 0, 0) }),
  shape('offsets 0, 2, 4', { records: offsets(0, 2, 4) }),
  shape('offsets 1, 2, 3', { records: offsets(1, 2, 3) }),
  shape('offsets 2, 1, 0', { records: offsets(2, 1, 0) }),
  shape('offsets -1, 0, 1', { records: offsets(-1, 0, 1) }),
  shape('offsets 0, 0, 0 and a missing key', {
    records: offsets(0, 0, 0).map((record, index) =>
      index === 1 ? { ...record, key: null } : record,
    ),
  }),
  middle('a record far ahead', { timestampDelta: 10 * HOUR }),
  middle(
    'a record far ahead under a modest header',
    { timestampDelta: 10 * HOUR },
    {
      header: { maxAt: 3 },
    },
  ),
  middle('a record far behind', { timestampDelta: -100 * DAY }),
  middle('a record far ahead without key', { timestampDelta: 10 * HOUR, key: null }),
  shape('a record far ahead and one far behind', {
    records: [first, { timestampDelta: 10 * HOUR }, { timestampDelta: -100 * DAY }],
  }),
  shape('all records far behind', { header: { baseAt: -100 * DAY } }),
  shape('all records far ahead', { header: { baseAt: 10 * HOUR } }),
  shape('timestamp -5', { header: { baseTimestamp: -5, maxTimestamp: -2 } }),
  shape('timestamps 0, 3, 1', { header: { baseTimestamp: 0, maxTimestamp: 3 } }),
  shape('a record without timestamp', {
    records: [first, { timestampDelta: -1 }, third],
    header: { baseTimestamp: 0, maxTimestamp: 1 },
  }),
  middle('a record without key', { key: null }),
  shape('records without key', { records: threeRecords.map((r) => ({ ...r, key: null })) }),
  shape('five records without key', { records: many(5).map((r) => ({ ...r, key: null })) }),
  middle('a record with an empty key', { key: '' }),
  middle('a tombstone', { value: null }),
  middle('neither key nor value', { key: null, value: null }),
  middle('an empty value', { value: '' }),
  middle('headers', {
    headers: [
      ['h', 'x'],
      ['', null],
      ['h', ''],
    ],
  }),
  middle('a large value', { value: 'large '.repeat(4000) }),
  middle('a value of 200 bytes', { value: 'v'.repeat(200) }),
  shape('200 records', { records: many(200) }),
  shape('4,000 records', { records: many(4000) }),
  middle('record attributes', { attributes: 0xff }),
  middle('a size one too large', { size: 10 }),
  middle('a size one too small', { size: 8 }),
  middle('a size beyond the batch', { size: 1000 }),
  middle('a size of 2^31 - 1', { size: 0x7fffffff }),
  middle('a size of -1', { size: -1 }),
  middle('a size of 0', { size: 0 }),
  middle('a size of 4', { size: 4 }),
  middle('a size that is no varint', { size: endlessVarint }),
  middle('a size of three bytes where one is enough', { size: Buffer.of(0x92, 0x80, 0) }),
  last('the last size one too large', { size: 10 }),
  last('the last size one too small', { size: 8 }),
  last('the last size far too large', { size: 90 }),
  middle('a byte behind the last field', { tail: Buffer.of(0) }),
  middle('a key beyond the record', { keySize: 7 }),
  middle('a key beyond the batch', { keySize: 1000 }),
  middle('a key of 2^31 - 1 bytes', { keySize: 0x7fffffff }),
  middle('a key of -5 bytes', { key: '', keySize: -5 }),
  middle('a key size that is no varint', { keySize: endlessVarint }),
  middle('a value beyond the record', { valueSize: 7 }),
  middle('a value beyond the batch', { valueSize: 1000 }),
  last('the last value beyond the batch', { valueSize: 4 }),
  middle('a value of -5 bytes', { value: '', valueSize: -5 }),
  middle('a value size that is no varint', { valueSize: endlessVarint }),
  middle('-1 headers', { headerCount: -1 }),
  middle('headers that are not there', { headerCount: 2 }),
  middle('2^31 - 1 headers', { headerCount: 0x7fffffff }),
  middle('a number of headers that is no varint', { headerCount: endlessVarint }),
  middle('a header without key', { headers: [[null, 'x']] }),
  middle('a header key of -5 bytes', { headers: [['', 'x']], headerKeySize: -5 }),
  middle('a header key beyond the record', { headers: [['h', 'x']], headerKeySize: 100 }),
  middle('a header less than there are', {
    headers: [
      ['h', 'x'],
      ['i', 'y'],
    ],
    headerCount: 1,
  }),
  middle(
    'a timestamp that is no varlong',
    { timestampDelta: endlessVarint },
    {
      header: { maxAt: 1 },
    },
  ),
  middle('an offset that is no varint', { offsetDelta: endlessVarint }),
  middle('an offset of two bytes where one is enough', { offsetDelta: Buffer.of(0x82, 0) }),
  shape('a byte behind the records', {
    content: Buffer.concat([recordBytes(threeRecords), Buffer.of(0)]),
  }),
  shape('another record behind the records', {
    content: Buffer.concat([recordBytes(threeRecords), recordBytes([{ offsetDelta: 3 }])]),
  }),
  shape('records that end within one', { content: recordBytes(threeRecords).subarray(0, -4) }),
  shape('records that end with a size', {
    content: Buffer.concat([recordBytes(threeRecords.slice(0, 2)), Buffer.of(18)]),
  }),
  shape('40 bytes of 0xff', { content: Buffer.alloc(40, 0xff) }),
  shape('40 bytes of 0', { content: Buffer.alloc(40) }),
  shape('a record far ahead, then a broken one', {
    records: [{ timestampDelta: 10 * HOUR }, { keySize: 1000 }],
  }),
]
