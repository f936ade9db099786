import { describe, expect, test } from 'vitest'

import {
  api,
  array,
  bool,
  bytes,
  DecodeError,
  EncodeError,
  float64,
  int16,
  int32,
  int64,
  int8,
  message,
  records,
  string,
  struct,
  uint16,
  uint32,
  uuid,
} from '../../../src/protocol/schema/index.ts'
import type {
  Decoded,
  Encodable,
  Fields,
  MessageSchema,
  RequestInput,
  RequestOf,
} from '../../../src/protocol/schema/index.ts'

const TOPIC_ID = 'AQIDBAUGBwgREhMUFRYABQ'

const hexOf = (encoded: Uint8Array): string => Buffer.from(encoded).toString('hex')
const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** One field, with fixed lengths in version 0 and compact ones in version 1. */
const one = <F extends Fields>(fields: F): MessageSchema<F> =>
  message('One', { versions: [0, 1], flexible: 1 }, fields)

describe('primitive fields', () => {
  const schema = message(
    'Primitives',
    { versions: [0, 0] },
    { bool, int8, int16, uint16, int32, uint32, int64, float64, uuid },
  )
  const value = {
    bool: true,
    int8: -2,
    int16: -3,
    uint16: 0xfffd,
    int32: -4,
    uint32: 0xfffffffc,
    int64: -5,
    float64: 1.5,
    uuid: TOPIC_ID,
  }
  const hex =
    '01 fe fffd fffd fffffffc fffffffc fffffffffffffffb 3ff8000000000000 01020304050607081112131415160005'

  test('are big-endian, with and without sign', () => {
    expect(hexOf(schema.encode(0, value))).toBe(hex.replaceAll(' ', ''))
    expect(schema.decode(0, bytesOf(hex))).toEqual(value)
  })

  test('read any byte except zero as true', () => {
    expect(one({ bool }).decode(0, bytesOf('02')).bool).toBe(true)
    expect(one({ bool }).decode(0, bytesOf('00')).bool).toBe(false)
  })

  test('refuse an invalid UUID', () => {
    expect(() => one({ uuid }).encode(0, { uuid: 'short' })).toThrow(EncodeError)
    expect(() => one({ uuid }).encode(0, { uuid: '!'.repeat(22) })).toThrow(EncodeError)
  })
})

describe('int64', () => {
  const schema = message('Int64', { versions: [0, 0] }, { offset: int64 })
  const roundTrip = (offset: number): number =>
    schema.decode(0, schema.encode(0, { offset })).offset

  test('is exact up to 2^53', () => {
    const exact = [0, 1, -1, 0xffffffff, 0x100000000, -0x100000000, 2 ** 52 + 1, -(2 ** 52) - 1]
    exact.push(Number.MAX_SAFE_INTEGER - 1, Number.MIN_SAFE_INTEGER + 1)
    for (const offset of exact) expect(roundTrip(offset)).toBe(offset)
  })

  test('saturates beyond', () => {
    const read = (hex: string): number => schema.decode(0, bytesOf(hex)).offset
    expect(read('7fffffffffffffff')).toBe(Number.MAX_SAFE_INTEGER)
    expect(read('0020000000000000')).toBe(Number.MAX_SAFE_INTEGER)
    expect(read('001fffffffffffff')).toBe(Number.MAX_SAFE_INTEGER)
    expect(read('001ffffffffffffe')).toBe(Number.MAX_SAFE_INTEGER - 1)
    expect(read('8000000000000000')).toBe(Number.MIN_SAFE_INTEGER)
    expect(read('ffe0000000000000')).toBe(Number.MIN_SAFE_INTEGER)
    expect(read('ffe0000000000002')).toBe(Number.MIN_SAFE_INTEGER + 1)
  })

  test('is written as the limit of 64 bits when it is saturated', () => {
    expect(hexOf(schema.encode(0, { offset: Number.MAX_SAFE_INTEGER }))).toBe('7fffffffffffffff')
    expect(hexOf(schema.encode(0, { offset: Number.MIN_SAFE_INTEGER }))).toBe('8000000000000000')
  })
})

describe('strings', () => {
  const schema = one({ text: string.nullable() })

  test('have a length of two bytes, or a varint in flexible versions', () => {
    expect(hexOf(schema.encode(0, { text: 'abc' }))).toBe('0003616263')
    expect(hexOf(schema.encode(1, { text: 'abc' }))).toBe('0461626300')
    expect(hexOf(schema.encode(0, { text: null }))).toBe('ffff')
    expect(hexOf(schema.encode(1, { text: null }))).toBe('0000')
  })

  test('survive in every length and script', () => {
    const texts = [
      '',
      'a',
      'é',
      '漢字',
      '😀',
      `${'a'.repeat(40)}é`,
      'x'.repeat(127),
      'ü'.repeat(200),
    ]
    texts.push('x'.repeat(128), 'x'.repeat(0x7fff), '\ufeffbyte order mark')
    for (const text of texts) {
      for (const version of [0, 1]) {
        expect(schema.decode(version, schema.encode(version, { text })).text).toBe(text)
      }
    }
  })

  test('longer than 32767 bytes are refused both ways', () => {
    expect(() => schema.encode(0, { text: 'x'.repeat(0x8000) })).toThrow(EncodeError)
    const long = Buffer.concat([bytesOf('818002'), Buffer.alloc(0x8000, 'x')])
    expect(() => schema.decode(1, long)).toThrow(DecodeError)
  })

  test('that are not UTF-8 are read with replacement characters', () => {
    expect(schema.decode(0, bytesOf('0002 c328')).text).toBe('\ufffd(')
  })
})

describe('bytes and records', () => {
  test('have a length of four bytes, or a varint in flexible versions', () => {
    const schema = one({ data: bytes, records: records.nullable() })
    const value = { data: Buffer.of(1, 2), records: [Buffer.of(3), Buffer.of(4, 5)] }
    expect(hexOf(schema.encode(0, value))).toBe('000000020102' + '00000003030405')
    expect(hexOf(schema.encode(1, value))).toBe('030102' + '04030405' + '00')
    expect(schema.decode(0, schema.encode(0, { ...value, records: null })).records).toBeNull()
  })
})

describe('arrays', () => {
  const schema = one({ ids: array(int32), topics: array({ name: string, ids: array(int64) }) })
  const value = { ids: [1, -1], topics: [{ name: 'a', ids: [7] }] }

  test('hold primitives and structs', () => {
    const fixed = '00000002 00000001 ffffffff 00000001 000161 00000001 0000000000000007'
    expect(hexOf(schema.encode(0, value))).toBe(fixed.replaceAll(' ', ''))
    const compact = '03 00000001 ffffffff 02 0261 02 0000000000000007 00 00'
    expect(hexOf(schema.encode(1, value))).toBe(compact.replaceAll(' ', ''))
    expect(schema.decode(0, bytesOf(fixed))).toEqual(value)
    expect(schema.decode(1, bytesOf(compact))).toEqual(value)
  })

  test('are null only where the schema says so', () => {
    const nullable = message('N', { versions: [0, 1] }, { ids: array(int32).nullable(1) })
    expect(nullable.decode(1, bytesOf('ffffffff')).ids).toBeNull()
    expect(() => nullable.decode(0, bytesOf('ffffffff'))).toThrow(DecodeError)
    expect(() => nullable.encode(0, { ids: null })).toThrow(EncodeError)
    expect(hexOf(nullable.encode(1, { ids: null }))).toBe('ffffffff')
  })

  test('with more elements than there are bytes are refused before they are read', () => {
    expect(() => schema.decode(0, bytesOf('7fffffff'))).toThrow('do not fit')
    expect(() => schema.decode(1, bytesOf('ffffffff0f'))).toThrow('do not fit')
  })
})

describe('structs', () => {
  const cursor = struct({ topic: string, partition: int32 })

  test('may be null, after a marker byte', () => {
    const schema = one({ cursor: cursor.nullable().default(null) })
    expect(hexOf(schema.encode(1, {}))).toBe('ff00')
    expect(hexOf(schema.encode(1, { cursor: { topic: 'a', partition: 2 } }))).toBe(
      '01' + '0261' + '00000002' + '00' + '00',
    )
    expect(schema.decode(1, bytesOf('ff00')).cursor).toBeNull()
  })

  test('that several fields share are the same everywhere', () => {
    const schema = one({ from: cursor, to: array(cursor) })
    const value = { from: { topic: 'a', partition: 1 }, to: [{ topic: 'b', partition: 2 }] }
    expect(schema.decode(1, schema.encode(1, value))).toEqual(value)
  })
})

describe('versions', () => {
  const schema = message(
    'Versioned',
    { versions: [0, 3], flexible: 3 },
    {
      always: int8,
      old: int8.until(1),
      epoch: int32.since(2).default(-1),
      names: array(string).since(2),
      place: struct({ host: string, port: int32.default(9092) }).since(2),
    },
  )

  test('have only their fields on the wire', () => {
    const value = { always: 1, old: 2, names: [], place: { host: '' } }
    expect(hexOf(schema.encode(0, value))).toBe('0102')
    expect(hexOf(schema.encode(2, value))).toBe('01ffffffff00000000000000002384')
  })

  test('all decode to every field, with the defaults of those they lack', () => {
    expect(schema.decode(0, bytesOf('0102'))).toEqual({
      always: 1,
      old: 2,
      epoch: -1,
      names: [],
      place: { host: '', port: 9092 },
    })
  })

  test('all decode to objects with the same order of keys', () => {
    const value = { always: 1, old: 2, names: [], place: { host: '' } }
    for (const version of [0, 1, 2, 3]) {
      const decoded = schema.decode(version, schema.encode(version, value))
      expect(Object.keys(decoded)).toEqual(['always', 'old', 'epoch', 'names', 'place'])
    }
  })

  test('that do not exist are refused', () => {
    expect(() => schema.decode(4, bytesOf('01'))).toThrow(DecodeError)
    expect(() => schema.decode(-1, bytesOf('01'))).toThrow(DecodeError)
    const value = { always: 1, old: 2, names: [], place: { host: '' } }
    expect(() => schema.encode(4, value)).toThrow(EncodeError)
  })

  test('do not share default arrays', () => {
    schema.decode(0, bytesOf('0102')).names.push('mine')
    expect(schema.decode(0, bytesOf('0102')).names).toEqual([])
  })
})

describe('tagged fields', () => {
  const schema = message(
    'Tagged',
    { versions: [0, 2], flexible: 1 },
    {
      name: string.nullable().default(null).tag(1, 1),
      leader: struct({ id: int32.default(-1), epoch: int32.default(-1) }).tag(0, 1),
      ids: array(int32).tag(200, 2),
    },
  )

  test('are not written when they are the default', () => {
    const none = { name: null, leader: { id: -1, epoch: -1 }, ids: [] }
    expect(hexOf(schema.encode(2, none))).toBe('00')
    expect(hexOf(schema.encode(2, {}))).toBe('00')
    expect(hexOf(schema.encode(2, { leader: {} }))).toBe('00')
    expect(schema.decode(2, bytesOf('00'))).toEqual(none)
  })

  test('are written in the order of their tags, each after its size', () => {
    const value = { name: 'n', leader: { id: 5, epoch: -1 }, ids: [1] }
    const hex = '03 0009 00000005ffffffff00 0102 026e c80105 0200000001'
    expect(hexOf(schema.encode(2, value))).toBe(hex.replaceAll(' ', ''))
    expect(schema.decode(2, bytesOf(hex))).toEqual(value)
  })

  test('may be longer than a size of one byte can say', () => {
    for (const count of [31, 32, 100, 5000]) {
      const value = {
        name: 'n',
        leader: { id: 1, epoch: 2 },
        ids: Array(count).fill(3) as number[],
      }
      expect(schema.decode(2, schema.encode(2, value))).toEqual(value)
    }
  })

  test('that are unknown are skipped', () => {
    expect(schema.decode(1, bytesOf('02 0102 026e e80704deadbeef')).name).toBe('n')
  })

  test('with a wrong size are refused', () => {
    expect(() => schema.decode(1, bytesOf('01 0103 026e00'))).toThrow('wrong size')
    expect(() => schema.decode(1, bytesOf('01 0110 026e'))).toThrow(DecodeError)
  })

  test('do not exist before their first version', () => {
    const value = { name: 'n', leader: { id: 1 }, ids: [1] }
    expect(hexOf(schema.encode(0, value))).toBe('')
    expect(schema.decode(1, schema.encode(1, value)).ids).toEqual([])
  })
})

test('varints of more than five bytes are refused', () => {
  const schema = one({ data: bytes })
  expect(() => schema.decode(1, bytesOf('ffffffffff01'))).toThrow('varint')
})

test('an API knows its headers and the versions that a broker serves', () => {
  const example = api(
    99,
    'Example',
    { versions: [0, 5], current: [2, 5], advertised: [1, 4], flexible: 3 },
    { request: { id: int32 }, response: {} },
  )
  expect([2, 3].map((version) => example.requestHeaderVersion(version))).toEqual([1, 2])
  expect([2, 3].map((version) => example.responseHeaderVersion(version))).toEqual([0, 1])
  expect([1, 2, 5, 6].map((version) => example.isCurrent(version))).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect(example.advertised).toEqual({ min: 1, max: 4 })
  expect(example.request.name).toBe('ExampleRequest')
})

test('types follow from the schema', () => {
  const schema = api(
    99,
    'Typed',
    { versions: [0, 1] },
    {
      request: {
        topics: array({ name: string.nullable(), epoch: int32.default(-1), records }),
        leader: struct({ id: int32 }).tag(0, 1),
      },
      response: {},
    },
  )
  const input: RequestInput<typeof schema> = {
    topics: [{ name: null, records: [new Uint8Array(1)] }],
  }
  const decoded: RequestOf<typeof schema> = schema.request.decode(
    0,
    schema.request.encode(0, input),
  )
  const epoch: number = decoded.topics[0]!.epoch
  const leader: { id: number } = decoded.leader
  const again: Encodable<typeof schema.request> = decoded
  const same: Decoded<typeof schema.request> = decoded
  // @ts-expect-error a field without a default must be given
  const lacking: RequestInput<typeof schema> = { topics: [{ name: null }] }
  expect([epoch, leader.id, again, same]).toEqual([-1, 0, decoded, decoded])
  expect(lacking.topics).toHaveLength(1)
})
