import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { encodeBatch, type RecordInput } from '../../src/record/batch-encoder.ts'
import { batchesOf, type BatchView } from '../../src/record/batch-view.ts'
import type { CompressionType } from '../../src/record/compression-type.ts'
import { DecodeBuffer } from '../../src/record/decode-buffer.ts'
import { decodeZstdPortably } from '../../src/record/zstd-frame.ts'
import { BATCH_OVERHEAD } from '../../src/record/batch-layout.ts'
import {
  type ControlRecordType,
  controlRecordType,
  endTransactionMarkerOf,
} from '../../src/record/control-record.ts'
import { CorruptRecordError } from '../../src/record/corrupt-record-error.ts'
import { recordsOf, uncompressedRecords } from '../../src/record/records.ts'
import type { TimestampType } from '../../src/record/timestamp-type.ts'
import { sharedData } from '../support/shared-data.ts'
import { encodeLegacyMessage } from './legacy-message.ts'

/**
 * One line of the file: bytes that Kafka's own classes wrote, and the values that they read from
 * them. 64-bit integers are strings.
 */
interface Line {
  name: string
  valid: boolean
  hex: string
  batches?: GoldenBatch[]
  encodable?: boolean
  parsedBytes?: number
  javaError?: string
}

interface GoldenBatch {
  magic: number
  sizeInBytes: number
  baseOffset: string
  lastOffset: string
  nextOffset: string
  crc: number
  compression: CompressionType
  timestampType: TimestampType
  maxTimestamp: string
  attributes?: number
  lastOffsetDelta: number
  baseTimestamp: string
  deleteHorizonMs?: string | null
  partitionLeaderEpoch: number
  isTransactional: boolean
  isControl: boolean
  producerId: string
  producerEpoch: number
  baseSequence: number
  lastSequence: number
  count: number
  records: GoldenRecord[]
}

interface GoldenRecord {
  offset: string
  timestamp: string
  keyHex: string | null
  valueHex?: string | null
  /** Replaces a long value. */
  valueSha256?: string
  headers?: { key: string; valueHex: string | null }[]
  controlType?: string
  coordinatorEpoch?: number
}

const CONTROL_TYPES: Record<string, ControlRecordType> = {
  ABORT: 0,
  COMMIT: 1,
  LEADER_CHANGE: 2,
  SNAPSHOT_HEADER: 3,
  SNAPSHOT_FOOTER: 4,
  KRAFT_VERSION: 5,
  KRAFT_VOTERS: 6,
}

/** Values above this size are in the file as their SHA-256. */
const LONG = 32_000

const sample = fileURLToPath(new URL('golden/record-batches.jsonl', import.meta.url))
describe('record batches of Kafka, the sample in this repository', () => checkLines(sample, 34))

const shared = sharedData('record-batches.jsonl')
if (shared === undefined) console.log('skipped: all 67 golden record batches, no shared data here')
describe.skipIf(shared === undefined)('record batches of Kafka, all of them', () => {
  if (shared !== undefined) checkLines(shared, 67)
})

function checkLines(path: string, count: number): void {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  test(`there are ${count}`, () => expect(lines).toHaveLength(count))
  for (const text of lines) {
    const line: Line = JSON.parse(text)
    const bytes = Buffer.from(line.hex, 'hex')
    if (!line.valid) {
      test(`${line.name} is refused`, () =>
        expect(() => read(bytes)).toThrow(line.javaError!.split(': ').slice(1).join(': ')))
      continue
    }
    test(`${line.name} is read`, () => checkRead(line, bytes))
    if (line.encodable) {
      test(`${line.name} is written byte for byte`, () => {
        expect(Buffer.concat(line.batches!.map(encode)).toString('hex')).toBe(line.hex)
      })
    }
  }
}

function read(bytes: Uint8Array): BatchView[] {
  const batches = [...batchesOf(bytes)]
  for (const batch of batches) {
    if (batch.isChecksumValid) continue
    throw new CorruptRecordError(
      `Record is corrupt (stored crc = ${batch.checksum}, computed crc = ${batch.computeChecksum()})`,
    )
  }
  return batches
}

function checkRead(line: Line, bytes: Uint8Array): void {
  const batches = read(bytes)
  const parsedBytes = batches.reduce((total, batch) => total + batch.sizeInBytes, 0)
  expect(parsedBytes).toBe(line.parsedBytes)
  expect(batches).toHaveLength(line.batches!.length)
  line.batches!.forEach((golden, index) => {
    const batch = batches[index]!
    checkHeader(batch, golden)
    checkRecords(batch, golden)
    if (golden.compression === 'zstd') {
      const portably = new DecodeBuffer()
      portably.reset(2 ** 20)
      decodeZstdPortably(batch.bytes.subarray(BATCH_OVERHEAD), portably)
      expect(Buffer.from(portably.content).equals(uncompressedRecords(batch))).toBe(true)
    }
  })
}

function checkHeader(batch: BatchView, golden: GoldenBatch): void {
  expect(batch.magic).toBe(golden.magic)
  expect(batch.sizeInBytes).toBe(golden.sizeInBytes)
  expect(batch.bytes).toHaveLength(golden.sizeInBytes)
  expect(batch.lastOffset).toBe(saturated(golden.lastOffset))
  expect(batch.checksum).toBe(golden.crc)
  expect(batch.compression).toBe(golden.compression)
  expect(batch.timestampType).toBe(golden.timestampType)
  expect(batch.maxTimestamp).toBe(saturated(golden.maxTimestamp))
  if (golden.magic < 2) return
  expect(batch.baseOffset).toBe(saturated(golden.baseOffset))
  expect(batch.attributes).toBe(golden.attributes)
  expect(batch.lastOffsetDelta).toBe(golden.lastOffsetDelta)
  expect(batch.baseTimestamp).toBe(saturated(golden.baseTimestamp))
  expect(batch.deleteHorizonMs ?? null).toBe(
    golden.deleteHorizonMs && Number(golden.deleteHorizonMs),
  )
  expect(batch.partitionLeaderEpoch).toBe(golden.partitionLeaderEpoch)
  expect(batch.isTransactional).toBe(golden.isTransactional)
  expect(batch.isControl).toBe(golden.isControl)
  expect(batch.producerId).toBe(saturated(golden.producerId))
  expect(batch.producerEpoch).toBe(golden.producerEpoch)
  expect(batch.baseSequence).toBe(golden.baseSequence)
  expect(batch.lastSequence).toBe(golden.lastSequence)
  expect(batch.recordCount).toBe(golden.count)
}

function checkRecords(batch: BatchView, golden: GoldenBatch): void {
  const records = [...recordsOf(batch)]
  expect(
    records.map(({ offset, timestamp, key, value, headers }) => ({
      offset,
      timestamp,
      keyHex: hex(key),
      value: value !== null && value.length > LONG ? sha256(value) : hex(value),
      headers: headers.map((header) => ({ key: header.key, valueHex: hex(header.value) })),
    })),
  ).toEqual(
    golden.records.map((record) => ({
      offset: saturated(record.offset),
      timestamp: saturated(record.timestamp),
      keyHex: record.keyHex,
      value: record.valueSha256 ?? record.valueHex,
      headers: record.headers ?? [],
    })),
  )
  if (golden.magic < 2) expect(records[0]!.offset).toBe(Number(golden.baseOffset))
  golden.records.forEach(({ controlType, coordinatorEpoch }, index) => {
    if (controlType === undefined) return
    expect(controlRecordType(records[index]!.key)).toBe(CONTROL_TYPES[controlType])
    const marker =
      coordinatorEpoch === undefined
        ? undefined
        : { type: CONTROL_TYPES[controlType], coordinatorEpoch }
    expect(endTransactionMarkerOf(batch)).toEqual(marker)
  })
}

function encode(golden: GoldenBatch): Uint8Array {
  if (golden.magic < 2) return encodeLegacy(golden)
  const isLogAppendTime = golden.timestampType === 'LogAppendTime'
  const records = golden.records.map((record, index): RecordInput => {
    return {
      offsetDelta: Number(BigInt(record.offset) - BigInt(golden.baseOffset)),
      // The JSON does not contain the producer's timestamps, which were one millisecond apart.
      timestamp: isLogAppendTime ? Number(golden.baseTimestamp) + index : Number(record.timestamp),
      key: unhex(record.keyHex),
      value: unhex(record.valueHex!),
      headers: (record.headers ?? []).map(({ key, valueHex }) => ({ key, value: unhex(valueHex) })),
    }
  })
  return encodeBatch(records, {
    baseOffset: BigInt(golden.baseOffset),
    compression: golden.compression,
    timestampType: golden.timestampType,
    ...(isLogAppendTime ? { logAppendTimeMs: Number(golden.maxTimestamp) } : {}),
    producerId: BigInt(golden.producerId),
    producerEpoch: golden.producerEpoch,
    baseSequence: golden.baseSequence,
    isTransactional: golden.isTransactional,
    isControl: golden.isControl,
    partitionLeaderEpoch: golden.partitionLeaderEpoch,
    ...(golden.deleteHorizonMs == null ? {} : { deleteHorizonMs: Number(golden.deleteHorizonMs) }),
    lastOffsetDelta: golden.lastOffsetDelta,
    ...(golden.count === 0 ? { maxTimestamp: Number(golden.maxTimestamp) } : {}),
  })
}

function encodeLegacy({ magic, timestampType, records }: GoldenBatch): Uint8Array {
  const record = records[0]!
  return encodeLegacyMessage({
    magic: magic === 0 ? 0 : 1,
    offset: Number(record.offset),
    attributes: timestampType === 'LogAppendTime' ? 0x08 : 0,
    timestamp: Number(record.timestamp),
    key: unhex(record.keyHex),
    value: unhex(record.valueHex!),
  })
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function hex(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex')
}

function unhex(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text, 'hex')
}

function saturated(text: string): number {
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER)
}
