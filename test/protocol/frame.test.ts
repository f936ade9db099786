import { describe, expect, test } from 'vitest'

import {
  decodeRequestHeader,
  decodeResponseFrame,
  encodeRequestFrame,
  encodeResponseFrame,
} from '../../src/protocol/frame.ts'
import { ApiVersions, Fetch, Metadata, Produce } from '../../src/protocol/messages/index.ts'
import { apis } from '../support/all-apis.ts'
import type { FramePart } from '../../src/protocol/schema/field.ts'
import { DecodeError } from '../../src/protocol/schema/index.ts'

const apiOf = (key: number) => apis.get(key)

const whole = (parts: readonly FramePart[]): Buffer => Buffer.concat(parts as Uint8Array[])
const hex = (parts: readonly FramePart[]): string => whole(parts).toString('hex')
const withoutSize = (parts: readonly FramePart[]): Buffer => whole(parts).subarray(4)

describe('the header of a request', () => {
  test('is v1 for a version with fixed lengths', () => {
    const frame = Buffer.from('000300010000002a00026964' + 'ffffffff', 'hex')
    expect(decodeRequestHeader(frame, apiOf)).toEqual({
      apiKey: 3,
      apiVersion: 1,
      correlationId: 42,
      clientId: 'id',
      bodyStart: 12,
    })
  })

  test('is v2 for a flexible version, with a client id of fixed width and tagged fields', () => {
    const frame = Buffer.from('0003000c0000002a0002696401050100', 'hex')
    expect(decodeRequestHeader(frame, apiOf)).toMatchObject({ clientId: 'id', bodyStart: 16 })
  })

  test('may have no client id', () => {
    const frame = encodeRequestFrame(ApiVersions, 0, 7, null, {
      clientSoftwareName: '',
      clientSoftwareVersion: '',
    })
    expect(hex(frame)).toBe('0000000a' + '00120000' + '00000007' + 'ffff')
    expect(decodeRequestHeader(withoutSize(frame), apiOf).clientId).toBeNull()
  })

  test('is read as v1 for an unknown key', () => {
    const frame = Buffer.from('006400ff0000002a00026964', 'hex')
    expect(decodeRequestHeader(frame, apiOf)).toMatchObject({ apiKey: 100, bodyStart: 12 })
  })

  test('is refused when the frame is too short for it', () => {
    for (const frame of ['', '0003', '000300010000', '000300010000002a0005']) {
      expect(() => decodeRequestHeader(Buffer.from(frame, 'hex'), apiOf)).toThrow(DecodeError)
    }
  })
})

describe('a response', () => {
  test('has its size and its correlation id', () => {
    const frame = encodeResponseFrame(Metadata, 0, 42, {
      throttleTimeMs: 0,
      brokers: [],
      topics: [],
      errorCode: 0,
    })
    expect(hex(frame)).toBe('0000000c' + '0000002a' + '00000000' + '00000000')
  })

  test('has a header with tagged fields in flexible versions', () => {
    const frame = encodeResponseFrame(Fetch, 12, 1, emptyFetch)
    expect(hex(frame).slice(8, 18)).toBe('0000000100')
    expect(decodeResponseFrame(Fetch, 12, withoutSize(frame)).correlationId).toBe(1)
  })

  test('to ApiVersions has header v0 in every version', () => {
    for (let version = 0; version <= 5; version++) {
      const response = { errorCode: 0, apiKeys: [], throttleTimeMs: 0 }
      const frame = withoutSize(encodeResponseFrame(ApiVersions, version, 9, response))
      expect(frame.readInt16BE(4)).toBe(0)
      expect(decodeResponseFrame(ApiVersions, version, frame).response.apiKeys).toEqual([])
    }
  })

  test('is refused when bytes follow it', () => {
    const frame = withoutSize(encodeResponseFrame(Fetch, 12, 1, emptyFetch))
    const long = Buffer.concat([frame, Buffer.of(0)])
    expect(() => decodeResponseFrame(Fetch, 12, long)).toThrow(DecodeError)
  })
})

describe('records in a frame', () => {
  test('of 4 KB and more are the given slices', () => {
    const large = Buffer.alloc(5000, 1)
    const small = Buffer.alloc(100, 2)
    const frame = encodeResponseFrame(Fetch, 11, 1, fetched([large, small, large]))
    expect(frame[1]).toBe(large)
    expect(frame).toHaveLength(4)
    const { response } = decodeResponseFrame(Fetch, 11, withoutSize(frame))
    const { records } = response.responses[0]!.partitions[0]!
    expect(Buffer.compare(records!, Buffer.concat([large, small, large]))).toBe(0)
    expect(whole(frame).readInt32BE(0)).toBe(whole(frame).length - 4)
  })

  test('that are not read yet are passed on unchanged, with any size, and counted', () => {
    const unread = { length: 3, read: () => {} }
    const frame = encodeResponseFrame(Fetch, 11, 1, fetched([unread]))
    expect(frame[1]).toBe(unread)
    const encodedBytes = (frame[0] as Uint8Array).length + ((frame[2] as Uint8Array)?.length ?? 0)
    expect((frame[0] as Buffer).readInt32BE(0)).toBe(encodedBytes + 3 - 4)
    expect((frame[0] as Buffer).readInt32BE((frame[0] as Buffer).length - 4)).toBe(3)
  })

  test('are slices of the frame when decoded, not copies', () => {
    const records = Buffer.alloc(64, 7)
    const request = {
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: 't', topicId: '', partitionData: [{ index: 0, records }] }],
    }
    const frame = withoutSize(encodeRequestFrame(Produce, 9, 1, 'p', request))
    const { bodyStart } = decodeRequestHeader(frame, apiOf)
    const body = Produce.request.decode(9, frame, bodyStart)
    const decoded = body.topicData[0]!.partitionData[0]!.records!
    expect(decoded.buffer).toBe(frame.buffer)
    expect(Buffer.compare(decoded, records)).toBe(0)
  })

  test('may be null', () => {
    const frame = withoutSize(encodeResponseFrame(Fetch, 12, 1, fetched(null)))
    const { response } = decodeResponseFrame(Fetch, 12, frame)
    expect(response.responses[0]!.partitions[0]!.records).toBeNull()
  })
})

const emptyFetch = { throttleTimeMs: 0, errorCode: 0, responses: [] }

const fetched = (records: FramePart[] | null) => ({
  ...emptyFetch,
  responses: [
    {
      topic: 'topic',
      topicId: '',
      partitions: [
        {
          partitionIndex: 0,
          errorCode: 0,
          highWatermark: 3,
          abortedTransactions: null,
          records,
        },
      ],
    },
  ],
})
