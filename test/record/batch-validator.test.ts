import { ApiError } from '../../src/protocol/api-error.ts'
import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { crc32c } from '../../src/platform/crc32c.ts'
import {
  encodeBatch,
  type EncodeOptions,
  type RecordInput,
} from '../../src/record/batch-encoder.ts'
import { BatchView } from '../../src/record/batch-view.ts'
import { type CompressionType, compressionTypes } from '../../src/record/compression-type.ts'
import { compress } from '../../src/record/compression.ts'
import { encodeLeaderChange } from '../../src/record/control-record.ts'
import { recordsOf } from '../../src/record/records.ts'
import {
  RecordsRejected,
  type ValidatedRecords,
  type ValidationRules,
} from '../../src/record/validation-rules.ts'
import { validateRecords } from '../../src/record/batch-validator.ts'
import { encodeLegacyMessage } from './legacy-message.ts'

const NOW = 1_795_241_305_513
const DAY = 86_400_000

const defaults: ValidationRules = {
  origin: 'client',
  topicPartition: 't-0',
  compressionType: 'producer',
  maxMessageBytes: 1_048_588,
  maxDecompressedMessageBytes: 2_147_483_639,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  isCompacted: false,
  nowMs: NOW,
  produceVersion: 13,
}

function accept(records: Uint8Array, rules: Partial<ValidationRules> = {}): ValidatedRecords {
  const verdict = validateRecords(records, { ...defaults, ...rules })
  if (verdict instanceof ApiError) throw new Error(`refused: ${JSON.stringify(verdict)}`)
  return verdict
}

function reject(records: Uint8Array, rules: Partial<ValidationRules> = {}): RecordsRejected {
  const verdict = validateRecords(records, { ...defaults, ...rules })
  if (!(verdict instanceof ApiError)) throw new Error('accepted')
  return verdict
}

/** Kafka's refusal without a message. */
function refusal(errorCode: ErrorCode, namesLogStartOffset = true): RecordsRejected {
  return new RecordsRejected(errorCode, null, [], namesLogStartOffset)
}

function keyed(timestamps: number[] = [NOW]): RecordInput[] {
  return timestamps.map((timestamp) => ({
    timestamp,
    key: Buffer.from('k'),
    value: Buffer.from('v'),
  }))
}

function unkeyed(count: number): RecordInput[] {
  return Array.from({ length: count }, () => ({ timestamp: NOW, value: Buffer.from('v') }))
}

/** Returns one record with a value of this size. */
function sized(size: number, options: EncodeOptions): Uint8Array {
  const record = { timestamp: NOW, key: Buffer.from('k'), value: Buffer.alloc(size, 'v') }
  return encodeBatch([record], options)
}

function timestampTypeError(record: string): string {
  return `Invalid timestamp type in message ${record}. Producer should not set timestamp type to LogAppendTime.`
}

function textOf(batch: BatchView): unknown[] {
  return [...recordsOf(batch)].map(({ key, value, ...rest }) => ({
    ...rest,
    key: Buffer.from(key!).toString(),
    value: Buffer.from(value!).toString(),
  }))
}

/** Returns a batch whose header is changed after encoding, with a valid checksum. */
function forged(bytes: Uint8Array, change: (batch: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes)
  change(copy)
  copy.writeUInt32BE(crc32c(copy, 21), 17)
  return copy
}

describe('the batches of a Produce request', () => {
  test('are one of magic 2, accepted unchanged', () => {
    for (const compression of compressionTypes) {
      const records = encodeBatch(keyed([NOW, NOW + 3, NOW + 1]), { compression })
      const before = Buffer.from(records)
      const accepted = accept(records)
      expect(accepted.records).toBe(records)
      expect(before.equals(records)).toBe(true)
      expect(accepted).toMatchObject({
        batches: [{ start: 0, recordCount: 3, lastOffsetDelta: 2 }],
        maxTimestamp: NOW + 3,
        logAppendTimeMs: -1,
      })
    }
  })

  test.each([
    ['none', new Uint8Array(0), ErrorCode.InvalidRecord],
    ['two', Buffer.concat([encodeBatch(keyed()), encodeBatch(keyed())]), ErrorCode.InvalidRecord],
    ['torn', encodeBatch(keyed()).subarray(0, -1), ErrorCode.InvalidRecord],
    [
      'followed by garbage',
      Buffer.concat([encodeBatch(keyed()), Buffer.alloc(20)]),
      ErrorCode.CorruptMessage,
    ],
    [
      'too short for its header',
      Buffer.from('00000000000000000000001400000000020000000000000000000000000000000000', 'hex'),
      ErrorCode.CorruptMessage,
    ],
    [
      'of magic 1',
      encodeLegacyMessage({ magic: 1, offset: 0, key: null, value: null }),
      ErrorCode.InvalidRecord,
    ],
  ])('are refused before the log is used if there are %s', (_, records, errorCode) => {
    expect(reject(records)).toEqual(refusal(errorCode, false))
    expect(reject(records, { produceVersion: 3 })).toEqual(refusal(errorCode, false))
  })

  test('are refused with a reason if the first is not recognizable', () => {
    const magic = forged(encodeBatch(keyed()), (batch) => (batch[16] = 3))
    expect(reject(magic)).toMatchObject({
      errorCode: ErrorCode.CorruptMessage,
      message: 'Invalid magic found in record: 3',
      namesLogStartOffset: false,
    })
    const length = forged(encodeBatch(keyed()), (batch) => batch.writeInt32BE(5, 8))
    expect(reject(length).message).toBe(
      'Record size 5 is less than the minimum record overhead (14)',
    )
  })

  test('lose bytes after the first batch if they are the start of another', () => {
    const batch = encodeBatch(keyed())
    expect(accept(Buffer.concat([batch, batch.subarray(0, -3)])).records).toHaveLength(batch.length)
  })

  test('are compressed with zstd from version 7 on', () => {
    const records = encodeBatch(keyed(), { compression: 'zstd' })
    expect(reject(records, { produceVersion: 6 })).toEqual(
      refusal(ErrorCode.UnsupportedCompressionType, false),
    )
    expect(accept(records, { produceVersion: 7 }).records).toBe(records)
  })
})

describe('a batch', () => {
  test('with a wrong checksum is corrupt', () => {
    const records = Buffer.from(encodeBatch(keyed()))
    records[records.length - 2]! ^= 1
    expect(reject(records)).toEqual(refusal(ErrorCode.CorruptMessage, false))
  })

  test('larger than max.message.bytes is too large, before its checksum is verified', () => {
    const records = forged(encodeBatch(keyed()), (batch) => (batch[batch.length - 1] = 9))
    const { length } = records
    expect(reject(records, { maxMessageBytes: length - 1 })).toEqual(
      refusal(ErrorCode.MessageTooLarge, false),
    )
    expect(accept(encodeBatch(keyed()), { maxMessageBytes: length }).batches[0]!.recordCount).toBe(
      1,
    )
  })

  test.each<[string, (batch: Buffer) => void]>([
    ['another base offset than 0', (batch) => batch.writeBigInt64BE(7n)],
    ['no records', (batch) => batch.writeInt32BE(0, 57)],
    ['a negative number of records', (batch) => batch.writeInt32BE(-1, 57)],
    ['more offsets than records', (batch) => batch.writeInt32BE(5, 23)],
    ['a negative range of offsets', (batch) => batch.writeInt32BE(-1, 23)],
    [
      'more records than it holds',
      (batch) => void (batch.writeInt32BE(2, 57), batch.writeInt32BE(2, 23)),
    ],
    ['the control flag', (batch) => (batch[22] = 0x20)],
    ['a producer without sequence', (batch) => batch.writeBigInt64BE(5n, 43)],
    ['a record longer than the batch', (batch) => (batch[61] = 100)],
    ['a record of negative length', (batch) => (batch[61] = 9)],
    ['a key longer than its record', (batch) => (batch[65] = 40)],
    ['headers that are not there', (batch) => (batch[batch.length - 1] = 2)],
  ])('with %s is invalid', (_, change) => {
    expect(reject(forged(encodeBatch(keyed()), change))).toEqual(refusal(ErrorCode.InvalidRecord))
  })

  test('with a codec that does not exist is an unknown server error, as in Kafka', () => {
    const records = forged(encodeBatch(keyed()), (batch) => (batch[22] = 5))
    expect(reject(records)).toEqual(refusal(ErrorCode.UnknownServerError))
  })

  test('may have any offset deltas if it is uncompressed', () => {
    const gaps = keyed([NOW, NOW]).map((record) => ({ ...record, offsetDelta: 0 }))
    expect(accept(encodeBatch(gaps, { lastOffsetDelta: 1 })).batches[0]!.recordCount).toBe(2)
  })

  test('of control records comes from a coordinator', () => {
    const records = encodeLeaderChange(
      { leaderId: 1, voterIds: [], grantingVoterIds: [] },
      { timestamp: NOW },
    )
    expect(reject(records)).toEqual(refusal(ErrorCode.InvalidRecord))
    expect(accept(records, { origin: 'coordinator', compressionType: 'gzip' }).records).toBe(
      records,
    )
  })

  test('is one of several from a coordinator', () => {
    const records = Buffer.concat([encodeBatch(keyed([NOW, NOW + 9])), encodeBatch(keyed([NOW]))])
    const { produceVersion: _, ...rules } = defaults
    expect(validateRecords(records, { ...rules, origin: 'coordinator' })).toMatchObject({
      batches: [{ recordCount: 2 }, { recordCount: 1, sizeInBytes: 70 }],
      maxTimestamp: NOW + 9,
    })
  })

  test('from a leader is only checked for its checksum', () => {
    const { produceVersion: _, ...rules } = defaults
    const records = encodeBatch(keyed([5]), { baseOffset: 99, isControl: true })
    const replication: ValidationRules = {
      ...rules,
      origin: 'replication',
      timestampType: 'LogAppendTime',
      maxMessageBytes: 1,
    }
    const before = Buffer.from(records)
    expect(validateRecords(records, replication)).toMatchObject({
      batches: [{ recordCount: 1 }],
      maxTimestamp: 5,
    })
    expect(before.equals(records)).toBe(true)
    records[50]! ^= 1
    expect(validateRecords(records, replication)).toEqual(refusal(ErrorCode.CorruptMessage, false))
  })
})

describe('timestamps', () => {
  const invalid = 'One or more records have been rejected due to invalid timestamp'

  test('too far in the future are refused, each with its bounds', () => {
    for (const compression of ['none', 'gzip'] as const) {
      const records = encodeBatch(keyed([NOW, NOW + DAY]), { compression })
      expect(reject(records)).toEqual({
        errorCode: ErrorCode.InvalidTimestamp,
        message: invalid,
        recordErrors: [
          {
            batchIndex: 1,
            batchIndexErrorMessage:
              `Timestamp ${NOW + DAY} of message with offset 1 is out of range. ` +
              `The timestamp should be within [-9223370241613470294, ${NOW + 3_600_000}]`,
          },
        ],
        namesLogStartOffset: true,
      })
    }
  })

  test('too far in the past are refused, compressed or not', () => {
    for (const compression of ['none', 'lz4'] as const) {
      const records = encodeBatch(keyed([NOW - 2000, NOW - 1000]), { compression })
      expect(reject(records, { timestampBeforeMaxMs: 1000 }).recordErrors).toEqual([
        {
          batchIndex: 0,
          batchIndexErrorMessage:
            `Timestamp ${NOW - 2000} of message with offset 0 is out of range. ` +
            `The timestamp should be within [${NOW - 1000}, ${NOW + 3_600_000}]`,
        },
      ])
    }
  })

  test('may be missing', () => {
    expect(accept(encodeBatch(keyed([-1])), { timestampBeforeMaxMs: 1 }).maxTimestamp).toBe(-1)
  })

  test('that do not match the header are corrected in it', () => {
    const records = encodeBatch(keyed([NOW, NOW + 50]), { maxTimestamp: NOW + DAY })
    const accepted = accept(records)
    const batch = new BatchView(accepted.records)
    expect(accepted.records).toBe(records)
    expect(accepted.maxTimestamp).toBe(NOW + 50)
    expect(batch.maxTimestamp).toBe(NOW + 50)
    expect(batch.isChecksumValid).toBe(true)
  })

  test('are replaced by the time of the append on a topic with LogAppendTime', () => {
    for (const compression of compressionTypes) {
      const records = encodeBatch(keyed([5, NOW + 9 * DAY]), { compression })
      const content = Buffer.from(records.subarray(61))
      const accepted = accept(records, { timestampType: 'LogAppendTime' })
      expect(accepted).toMatchObject({
        logAppendTimeMs: NOW,
        maxTimestamp: NOW,
      })
      expect(accepted.records).toBe(records)
      const batch = new BatchView(records)
      expect(batch.timestampType).toBe('LogAppendTime')
      expect(batch.maxTimestamp).toBe(NOW)
      expect(batch.baseTimestamp).toBe(5)
      expect(batch.isChecksumValid).toBe(true)
      expect(content.equals(records.subarray(61))).toBe(true)
    }
  })

  test('must not be marked as LogAppendTime by producers', () => {
    const stamped = { timestampType: 'LogAppendTime', logAppendTimeMs: NOW } as const
    const rules = { timestampType: 'LogAppendTime' } as const
    expect(reject(encodeBatch(keyed(), stamped), rules)).toMatchObject({
      errorCode: ErrorCode.InvalidTimestamp,
      message: invalid,
      recordErrors: [
        {
          batchIndex: 0,
          batchIndexErrorMessage: timestampTypeError(
            `DefaultRecord(offset=0, timestamp=${NOW}, key=1 bytes, value=1 bytes)`,
          ),
        },
      ],
    })
    const compressed = encodeBatch(keyed(), { ...stamped, compression: 'gzip' })
    expect(reject(compressed, rules).recordErrors[0]!.batchIndexErrorMessage).toBe(
      timestampTypeError(
        `PartialDefaultRecord(offset=0, timestamp=${NOW}, key=1 bytes, value=1 bytes)`,
      ),
    )
    // A topic with CreateTime only clears the flag, as Kafka does.
    const taken = new BatchView(accept(encodeBatch(keyed(), stamped)).records)
    expect(taken.timestampType).toBe('CreateTime')
    expect(taken.isChecksumValid).toBe(true)
  })
})

describe('a compacted topic', () => {
  const rules = { isCompacted: true, topicPartition: 'compacted-0' }
  const reason = 'Compacted topic cannot accept message without key in topic partition compacted-0'

  test('refuses records without key, and returns all indexes and three messages', () => {
    for (const compression of compressionTypes) {
      const records = encodeBatch([...keyed(), ...unkeyed(4)], { compression })
      const words = [1, 2, 3].map(
        (index) => `RecordError(batchIndex=${index}, message='${reason}')`,
      )
      expect(reject(records, rules)).toEqual({
        errorCode: ErrorCode.InvalidRecord,
        message:
          'One or more records have been rejected due to 4 record errors in total, ' +
          `and only showing the first three errors at most: [${words.join(', ')}]`,
        recordErrors: [1, 2, 3, 4].map((batchIndex) => ({
          batchIndex,
          batchIndexErrorMessage: reason,
        })),
        namesLogStartOffset: true,
      })
    }
  })

  test('reports the timestamp if that is also invalid', () => {
    const rejected = reject(encodeBatch([...unkeyed(1), ...keyed([NOW + DAY])]), rules)
    expect(rejected.errorCode).toBe(ErrorCode.InvalidTimestamp)
    expect(rejected.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1])
  })

  test("decompresses batches, and returns Kafka's message for those that cannot be decompressed", () => {
    const corrupt = forged(encodeBatch(keyed(), { compression: 'gzip' }), (batch) =>
      batch.fill(1, 61),
    )
    expect(reject(corrupt, rules)).toEqual(refusal(ErrorCode.UnknownServerError))
    expect(reject(corrupt)).toEqual(refusal(ErrorCode.UnknownServerError))
    const short = forged(encodeBatch(keyed(), { compression: 'gzip' }), (batch) => {
      batch.writeInt32BE(2, 57)
      batch.writeInt32BE(1, 23)
    })
    expect(reject(short, rules)).toEqual(refusal(ErrorCode.InvalidRecord))
    const gap = keyed([NOW, NOW]).map((record, index) => ({ ...record, offsetDelta: index * 5 }))
    const numbered = encodeBatch(gap, { compression: 'gzip', lastOffsetDelta: 1 })
    expect(reject(numbered, rules)).toEqual(refusal(ErrorCode.UnknownServerError))
  })
})

describe('max.decompressed.message.bytes', () => {
  test('limits each record of a compressed batch', () => {
    for (const compression of compressionTypes.filter((type) => type !== 'none')) {
      // Seven bytes precede the key and surround the value.
      expect(
        accept(sized(92, { compression }), { maxDecompressedMessageBytes: 100 }).batches,
      ).toHaveLength(1)
      expect(reject(sized(93, { compression }), { maxDecompressedMessageBytes: 100 })).toEqual(
        refusal(ErrorCode.InvalidRecord),
      )
    }
    expect(
      accept(sized(500, {}), { maxDecompressedMessageBytes: 100 }).batches[0]!.recordCount,
    ).toBe(1)
  })

  test('stops a decompression bomb early', () => {
    const bomb = compress('gzip', Buffer.alloc(20_000_000))
    const records = forged(
      Buffer.concat([encodeBatch(keyed(), { compression: 'gzip' }).subarray(0, 61), bomb]),
      (batch) => batch.writeInt32BE(batch.length - 12, 8),
    )
    expect(reject(records, { maxDecompressedMessageBytes: 1000 })).toEqual(
      refusal(ErrorCode.InvalidRecord),
    )
  })
})

describe('a topic with its own codec', () => {
  const codecs: [ValidationRules['compressionType'], CompressionType][] = [
    ['uncompressed', 'none'],
    ['gzip', 'gzip'],
    ['snappy', 'snappy'],
    ['lz4', 'lz4'],
    ['zstd', 'zstd'],
  ]

  test.each(codecs)(
    '%s has batches of another codec re-encoded',
    (compressionType, compression) => {
      for (const sent of compressionTypes) {
        const options = {
          compression: sent,
          producerId: 77,
          producerEpoch: 3,
          baseSequence: 9,
          isTransactional: true,
        }
        const records = encodeBatch(keyed([NOW + 5, NOW + 50, NOW + 7]), options)
        const accepted = accept(records, { compressionType })
        if (sent === compression) expect(accepted.records).toBe(records)
        const batch = new BatchView(accepted.records)
        expect(batch.isChecksumValid).toBe(true)
        expect(batch).toMatchObject({
          sizeInBytes: accepted.records.length,
          compression,
          producerId: 77,
          producerEpoch: 3,
          baseSequence: 9,
          isTransactional: true,
          baseTimestamp: NOW + 5,
          maxTimestamp: NOW + 50,
          recordCount: 3,
        })
        expect(textOf(batch)).toEqual(textOf(new BatchView(records)))
        expect(accepted).toMatchObject({
          batches: [{ recordCount: 3, lastOffsetDelta: 2 }],
          maxTimestamp: NOW + 50,
        })
      }
    },
  )

  test('counts from the first timestamp, stamps the time of the append and checks the size again', () => {
    const rules = { compressionType: 'uncompressed', timestampType: 'LogAppendTime' } as const
    const records = encodeBatch([{ timestamp: 5, value: Buffer.alloc(1000) }], {
      compression: 'gzip',
    })
    const batch = new BatchView(accept(records, rules).records)
    expect(batch).toMatchObject({
      timestampType: 'LogAppendTime',
      maxTimestamp: NOW,
      baseTimestamp: 5,
    })
    expect(reject(records, { ...rules, maxMessageBytes: 500 })).toEqual(
      refusal(ErrorCode.MessageTooLarge, false),
    )
  })

  test('still refuses invalid records', () => {
    const records = encodeBatch(keyed([NOW + DAY]))
    expect(reject(records, { compressionType: 'gzip' }).errorCode).toBe(ErrorCode.InvalidTimestamp)
  })
})
