import { HOUR, shape, threeRecords, type Shape } from './shape.ts'

const CONTROL = 0x20
const TRANSACTIONAL = 0x10
const LOG_APPEND_TIME = 0x08
const DELETE_HORIZON = 0x40
const MOST = 0x7fffffff

/** Shapes with changed header fields. */
export const headerShapes: readonly Shape[] = [
  shape('three records'),
  shape('count 4 over 3 records', { header: { recordCount: 4 } }),
  shape('count 2 over 3 records', { header: { recordCount: 2 } }),
  shape('count 0 over 3 records', { header: { recordCount: 0 } }),
  shape('count 0 and one offset', { header: { recordCount: 0, lastOffsetDelta: 0 } }),
  shape('count 0 over nothing', { records: [], header: { maxAt: 0 } }),
  shape('count 1 over nothing', { records: [], header: { recordCount: 1, maxAt: 0 } }),
  shape('count -1', { header: { recordCount: -1 } }),
  shape('count -1 and three offsets', { header: { recordCount: -1, lastOffsetDelta: 2 } }),
  shape('count 2^31 - 1', { header: { recordCount: MOST } }),
  shape('last offset delta 5', { header: { lastOffsetDelta: 5 } }),
  shape('last offset delta 1', { header: { lastOffsetDelta: 1 } }),
  shape('last offset delta -1', { header: { lastOffsetDelta: -1 } }),
  shape('largest timestamp too early', { header: { maxAt: 1 } }),
  shape('largest timestamp too late', { header: { maxAt: 500 } }),
  shape('largest timestamp far ahead', { header: { maxAt: 10 * HOUR } }),
  shape('largest timestamp far behind', { header: { maxAt: -30 * HOUR } }),
  shape('no largest timestamp', { header: { maxTimestamp: -1 } }),
  shape('no timestamps', { records: [{}, {}, {}], header: { baseTimestamp: -1 } }),
  shape('no timestamps under a largest one', {
    records: [{}, {}, {}],
    header: { baseTimestamp: -1, maxAt: 2 },
  }),
  shape('base timestamp after the records', {
    records: threeRecords.map(({ timestampDelta }) => ({
      timestampDelta: (timestampDelta as number) - 9,
    })),
    header: { baseAt: 9 },
  }),
  shape('base offset 7', { header: { baseOffset: 7 } }),
  shape('base offset -1', { header: { baseOffset: -1 } }),
  shape('leader epoch 9', { header: { leaderEpoch: 9 } }),
  shape('length one less', { header: { length: -12 } }),
  shape('wrong checksum', { header: { crc: 1 } }),
  shape('magic 0', { header: { magic: 0 } }),
  shape('magic 1', { header: { magic: 1 } }),
  shape('magic 3', { header: { magic: 3 } }),
  ...[5, 6, 7].map((codecId) => shape(`codec ${codecId}`, { header: { codecId } })),
  shape('control batch', { header: { flags: CONTROL } }),
  shape('control batch of a producer', {
    header: { flags: CONTROL | TRANSACTIONAL, producerId: 5, producerEpoch: 0, baseSequence: -1 },
  }),
  shape('transactional', { header: { flags: TRANSACTIONAL } }),
  shape('transactional of a producer', {
    header: { flags: TRANSACTIONAL, producerId: 5, producerEpoch: 0, baseSequence: 0 },
  }),
  shape('log append time', { header: { flags: LOG_APPEND_TIME } }),
  shape('log append time without key', {
    records: [{ key: null }, {}, { key: null }],
    header: { flags: LOG_APPEND_TIME },
  }),
  shape('log append time far ahead', { header: { flags: LOG_APPEND_TIME, maxAt: 10 * HOUR } }),
  shape('log append time without timestamp', {
    header: { flags: LOG_APPEND_TIME, maxTimestamp: -1 },
  }),
  shape('delete horizon', { header: { flags: DELETE_HORIZON } }),
  shape('unknown flags', { header: { flags: 0x4080 } }),
  shape('producer', { header: { producerId: 5, producerEpoch: 0, baseSequence: 0 } }),
  shape('producer whose sequence begins at 7', {
    header: { producerId: 5, producerEpoch: 0, baseSequence: 7 },
  }),
  shape('producer whose sequence wraps', {
    header: { producerId: 5, producerEpoch: 0, baseSequence: MOST - 1 },
  }),
  shape('producer without sequence', {
    header: { producerId: 5, producerEpoch: 0, baseSequence: -1 },
  }),
  shape('producer without epoch', { header: { producerId: 5, baseSequence: 0 } }),
  shape('sequence without producer', { header: { producerEpoch: 3, baseSequence: 5 } }),
  shape('producer -2', { header: { producerId: -2, producerEpoch: 0, baseSequence: 0 } }),
]
