import { describe, expect, test } from 'vitest'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import { BatchView } from '../../src/record/batch-view.ts'
import {
  ControlRecordType,
  controlRecordType,
  encodeEndTransactionMarker,
  encodeLeaderChange,
  endTransactionMarkerOf,
} from '../../src/record/control-record.ts'

const TIME = 1_700_000_000_000

describe('control records', () => {
  test.each([
    [
      ControlRecordType.Commit,
      '000000000000002e000000420000000502128397c60030000000000000018bcfe568320000018bcfe568320000000000000fa10000ffffffff000000012000000008000000010c00000000000b00',
    ],
    [
      ControlRecordType.Abort,
      '000000000000002e000000420000000502e6bd418e0030000000000000018bcfe568320000018bcfe568320000000000000fa10000ffffffff000000012000000008000000000c00000000000b00',
    ],
  ])('of type %i end a transaction as Kafka writes it', (type, hex) => {
    const bytes = encodeEndTransactionMarker(
      { type, coordinatorEpoch: 11 },
      {
        timestamp: TIME + 50,
        baseOffset: 46,
        partitionLeaderEpoch: 5,
        producerId: 4001,
        producerEpoch: 0,
      },
    )
    expect(Buffer.from(bytes).toString('hex')).toBe(hex)
    expect(endTransactionMarkerOf(new BatchView(bytes))).toEqual({ type, coordinatorEpoch: 11 })
  })

  test('have a leader change as Kafka writes it', () => {
    const bytes = encodeLeaderChange(
      { leaderId: 1, voterIds: [1], grantingVoterIds: [1] },
      { timestamp: TIME, partitionLeaderEpoch: 3 },
    )
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '00000000000000000000004f00000003021154eaf90020000000000000018bcfe568000000018bcfe56800ffffffffffffffffffffffffffff000000013a0000000800000002260000000000010200000001000200000001000000',
    )
    expect(endTransactionMarkerOf(new BatchView(bytes))).toBeUndefined()
  })

  test('of unknown types are skipped, without a key they are corrupt', () => {
    expect(controlRecordType(Uint8Array.of(0, 0, 0, 99))).toBeUndefined()
    expect(() => controlRecordType(null)).toThrow('no key of at least 4 bytes')
    expect(() => controlRecordType(Uint8Array.of(0, 0, 0))).toThrow('no key of at least 4 bytes')
    const key = Uint8Array.of(0, 0, 0, ControlRecordType.Commit)
    const bytes = encodeBatch([{ key, value: Uint8Array.of(0, 0) }], { isControl: true })
    expect(() => endTransactionMarkerOf(new BatchView(bytes))).toThrow(
      'no value of at least 6 bytes',
    )
  })
})
