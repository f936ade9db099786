import { describe, expect, it } from 'vitest'
import {
  brokerConfig,
  keyValue,
  partitionsSpec,
  topicSpec,
  unescape,
  wholeNumber,
} from '../../src/cli/arguments.ts'
import { parseBootstrapServers } from '../../src/client/connection/broker-address.ts'
import { startOffset } from '../../src/cli/start-offset.ts'

describe('a config of one broker on the command line', () => {
  it('starts with the id of the broker', () => {
    expect(brokerConfig('0:broker.rack=a')).toEqual({ brokerId: 0, key: 'broker.rack', value: 'a' })
    expect(brokerConfig('12:a=b=c:d')).toEqual({ brokerId: 12, key: 'a', value: 'b=c:d' })
    expect(brokerConfig('1:a=')).toEqual({ brokerId: 1, key: 'a', value: '' })
  })

  it.each(['', 'a=b', '1:a', ':a=b', 'x:a=b', '-1:a=b', '1:=b'])("refuses '%s'", (text) =>
    expect(() => brokerConfig(text)).toThrow('It must be id:key=value'),
  )
})

describe('a topic on the command line', () => {
  it.each([
    ['orders', { name: 'orders' }],
    ['orders:3', { name: 'orders', partitions: 3 }],
    ['my.orders_v-1:3:2', { name: 'my.orders_v-1', partitions: 3, replicas: 2 }],
  ])('%s has a name and may have partitions and replicas', (text, expected) => {
    expect(topicSpec(text)).toEqual(expected)
  })

  it.each([
    '',
    ':3',
    'orders:',
    'orders:0',
    'orders:3:0',
    'orders:x',
    'orders:1:2:3',
    'or ders',
    'orders:-1',
  ])("refuses '%s'", (text) =>
    expect(() => topicSpec(text)).toThrow('It must be name[:partitions[:replicas]]'),
  )

  it('may select partitions', () => {
    expect(partitionsSpec('orders')).toEqual({ topic: 'orders', partitions: undefined })
    expect(partitionsSpec('orders:0,12')).toEqual({ topic: 'orders', partitions: [0, 12] })
    expect(() => partitionsSpec('orders:0,')).toThrow('It must be topic[:partition,…]')
  })
})

describe('a config on the command line', () => {
  it('is split at the first equal sign', () => {
    expect(keyValue('a=b=c')).toEqual({ key: 'a', value: 'b=c' })
    expect(keyValue('a=')).toEqual({ key: 'a', value: '' })
  })

  it.each(['', 'a', '=b'])("refuses '%s'", (text) => {
    expect(() => keyValue(text)).toThrow('It must be key=value.')
  })
})

describe('a whole number on the command line', () => {
  it('must be one, and within its range', () => {
    const port = wholeNumber(0, 65535)
    expect(port('9092')).toBe(9092)
    for (const text of ['', '1.5', '0x10', '1e3', '65536', '-1', 'x']) {
      expect(() => port(text)).toThrow('It must be a whole number from 0 to 65535.')
    }
  })
})

describe('a start offset on the command line', () => {
  it.each([
    ['beginning', { at: 'earliest' }],
    ['end', { at: 'latest' }],
    ['0', { at: 'offset', offset: 0 }],
    ['-10', { at: 'tail', count: 10 }],
    ['s@1767225600000', { at: 'timestamp', timestamp: 1767225600000 }],
  ])('%s is understood as kcat does', (text, expected) => {
    expect(startOffset(text)).toEqual(expected)
  })

  it('refuses unknown values', () => {
    expect(() => startOffset('middle')).toThrow('It must be beginning, end, an offset')
  })
})

describe('bootstrap servers', () => {
  it('are hosts with ports, 9092 by default', () => {
    expect(parseBootstrapServers('a:1, b,[::1]:3,[::1]')).toEqual([
      { host: 'a', port: 1 },
      { host: 'b', port: 9092 },
      { host: '::1', port: 3 },
      { host: '::1', port: 9092 },
    ])
  })

  it.each(['', 'a:', 'a:b', 'a:99999', 'a,,b', 'http://a:1'])("refuse '%s'", (text) => {
    expect(() => parseBootstrapServers(text)).toThrow('is not the address of a broker')
  })
})

describe('escapes', () => {
  it('stand for control characters and bytes', () => {
    expect(unescape('a\\tb\\nc\\x41\\\\n')).toBe('a\tb\ncA\\n')
  })
})
