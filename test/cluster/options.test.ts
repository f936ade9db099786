import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ClusterOptions } from '../../src/cluster/options.ts'
import { resolveOptions } from '../../src/cluster/resolve-options.ts'
import { ManualClock, OdradekError } from '../../src/index.ts'

/** Returns the error for options that only JavaScript code can pass. */
function refusal(options: unknown): OdradekError {
  try {
    resolveOptions(options as ClusterOptions)
  } catch (error) {
    expect(error).toBeInstanceOf(OdradekError)
    return error as OdradekError
  }
  throw new Error('the options were taken')
}

/** Values that are not a host name or an address. */
const noHosts = ['', '[::1]', 'kafka:9092', 'http://kafka', 'a b', 'a,b', ' 127.0.0.1', 'kafká']

describe('options that are left out or undefined', () => {
  const listener = {
    name: 'PLAINTEXT',
    host: '127.0.0.1',
    port: 0,
    advertisedHost: '127.0.0.1',
    advertisedPort: undefined,
    advertise: undefined,
  }
  const defaults = {
    brokers: [{ id: 1, listeners: [listener], config: {} }],
    storage: 'disk',
    durability: 'pageCache',
    topics: [],
    features: {},
    config: {},
    profile: 'test',
    logLevel: 'error',
    keepAlive: false,
    addresses: {},
  }

  test('have the defaults that are documented', () => {
    expect(resolveOptions({})).toEqual(defaults)
    expect(resolveOptions({ port: undefined, dataDir: undefined } as object)).toEqual(defaults)
  })

  test('do not change the given ones', () => {
    const clock = new ManualClock()
    const given: ClusterOptions = {
      host: '0.0.0.0',
      dataDir: 'data',
      storage: 'disk',
      durability: 'fsync',
      clusterId: 'T2RyYWRla09yYWNsZTAwMQ',
      topics: [{ name: 'orders', partitions: 3, replicas: 2, configs: { 'retention.ms': -1 } }],
      features: { 'transaction.version': 1, 'metadata.version': 33, 'kraft.version': 0 },
      config: { 'num.partitions': 3, 'auto.create.topics.enable': false, 'broker.rack': 'a' },
      profile: 'faithful',
      clock,
      logLevel: 'silent',
      keepAlive: true,
    }
    const { host, ...others } = given
    expect(resolveOptions(given)).toStrictEqual({
      ...others,
      dataDir: [resolve('data')],
      brokers: [{ id: 1, listeners: [{ ...listener, host }], config: {} }],
      addresses: { host: '0.0.0.0' },
    })
    expect(resolveOptions(given).clock).toBe(clock)
  })
})

describe('brokers', () => {
  const brokersOf = (options: ClusterOptions) => resolveOptions(options).brokers

  test('count up from the first id and the given port', () => {
    expect(brokersOf({ brokers: 3, firstBrokerId: 0, port: 65533 })).toMatchObject([
      { id: 0, listeners: [{ port: 65533 }] },
      { id: 1, listeners: [{ port: 65534 }] },
      { id: 2, listeners: [{ port: 65535 }] },
    ])
    expect(brokersOf({ firstBrokerId: 2 ** 31 - 1 })).toMatchObject([{ id: 2 ** 31 - 1 }])
  })

  test('can have their own racks and configs', () => {
    const brokers = [
      { rack: 'a', config: { 'num.partitions': 2 } },
      {},
      { config: { 'broker.rack': 'b' } },
    ]
    expect(brokersOf({ brokers }).map(({ config }) => config)).toEqual([
      { 'broker.rack': 'a', 'num.partitions': 2 },
      {},
      { 'broker.rack': 'b' },
    ])
  })
})

describe('an invalid option is refused with its name and the allowed values', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic

  test.each<[unknown, string]>([
    [
      { brokers: 0 },
      `brokers must be a whole number from 1 to 100, or a list of 1 to 100 { rack?, config?, advertisedHost?, advertisedPort?, listeners? }, not 0`,
    ],
    [
      { brokers: 101 },
      `brokers must be a whole number from 1 to 100, or a list of 1 to 100 { rack?, config?, advertisedHost?, advertisedPort?, listeners? }, not 101`,
    ],
    [
      { brokers: '3' },
      `brokers must be a whole number from 1 to 100, or a list of 1 to 100 { rack?, config?, advertisedHost?, advertisedPort?, listeners? }, not '3'`,
    ],
    [
      { brokers: [] },
      `brokers must be a whole number from 1 to 100, or a list of 1 to 100 { rack?, config?, advertisedHost?, advertisedPort?, listeners? }, not []`,
    ],
    [
      { brokers: Array.from({ length: 101 }, () => ({})) },
      `brokers must be a whole number from 1 to 100, or a list of 1 to 100 { rack?, config?, advertisedHost?, advertisedPort?, listeners? }, not [ {}, {}, {}, {}, {}, ... 96 more items ]`,
    ],
    [
      { brokers: [{ id: 3 }] },
      'brokers[0].id is not an option of a broker. The options are rack, config, advertisedHost, advertisedPort',
    ],
    [{ brokers: [{}, { rack: '' }] }, "brokers[1].rack must be the name of a rack, not ''"],
    [{ brokers: [{}, null] }, 'a broker accepts only an object of options'],
    [
      { brokers: [{ config: { a: [1] } }] },
      "brokers[0].config must be an object of strings, numbers or booleans by the names of Kafka's broker configs, not { a: [ 1 ] }",
    ],
    [
      { brokers: [{ rack: 'a', config: { 'broker.rack': 'b' } }] },
      "brokers[0].rack and its config 'broker.rack' are both set: omit one of them",
    ],
    [
      { features: ['transaction.version'] },
      "features must be an object of levels by the names of features, such as 'transaction.version', not [ 'transaction.version' ]",
    ],
    [
      { features: { 'transaction.version': 3 } },
      'transaction.version of features must be a whole number from 0 to 2, not 3',
    ],
    [
      { features: { 'group.version': '1' } },
      "group.version of features must be a whole number from 0 to 1, not '1'",
    ],
    [{ features: { 'metadata.version': 30 } }, 'metadata.version of features must be 33, not 30'],
    [{ features: { 'kraft.version': 1 } }, 'kraft.version of features must be 0, not 1'],
    [
      { features: { 'transactions.version': 1 } },
      'features contains transactions.version, which is not a feature of Kafka 4.4 (did you mean transaction.version?). The features are eligible.leader.replicas.version, group.version, kraft.version, metadata.version, share.version, streams.version, transaction.version',
    ],
    [{ firstBrokerId: -1 }, 'firstBrokerId must be a whole number from 0 to 2147483647, not -1'],
    [{ firstBrokerId: '0' }, "firstBrokerId must be a whole number from 0 to 2147483647, not '0'"],
    [
      { advertisedHost: '0.0.0.0' },
      "advertisedHost must be a host name or an IP address that clients can connect to, not '0.0.0.0'",
    ],
    ...['0', '::', '0:0:0:0:0:0:0:0', ...noHosts].map((advertisedHost): [unknown, string] => [
      { brokers: [{ advertisedHost }] },
      `brokers[0].advertisedHost must be a host name or an IP address that clients can connect to, not '${advertisedHost}'`,
    ]),
    [{ advertisedPort: 0 }, 'advertisedPort must be a whole number from 1 to 65535, not 0'],
    [
      { brokers: [{ advertisedPort: '1' }] },
      "brokers[0].advertisedPort must be a whole number from 1 to 65535, not '1'",
    ],
    [
      { brokers: 2, advertisedPort: 65535 },
      'advertisedPort 65535 is too large for 2 brokers: they use consecutive ports, and the last port is 65535',
    ],
    [
      { brokers: [{ advertisedPort: 9093 }, { advertisedPort: 9093 }], advertisedHost: 'kafka' },
      'brokers 1 and 2 have the same address kafka:9093: give each its own advertisedHost or advertisedPort',
    ],
    [{ port: -1 }, 'port must be a whole number from 0 to 65535, not -1'],
    [{ port: 65536 }, 'port must be a whole number from 0 to 65535, not 65536'],
    [{ port: 9092.5 }, 'port must be a whole number from 0 to 65535, not 9092.5'],
    [{ port: Number.NaN }, 'port must be a whole number from 0 to 65535, not NaN'],
    [{ port: 9092n }, 'port must be a whole number from 0 to 65535, not 9092n'],
    ...noHosts.map((host): [unknown, string] => [
      { host },
      `host must be a host name or an IP address, not '${host}'`,
    ]),
    [{ host: null }, 'host must be a host name or an IP address, not null'],
    [{ dataDir: '' }, "dataDir must be the path of a directory, or a list of them, not ''"],
    [{ dataDir: [] }, 'dataDir must be the path of a directory, or a list of them, not []'],
    [
      { dataDir: ['a', 1] },
      "dataDir must be the path of a directory, or a list of them, not [ 'a', 1 ]",
    ],
    [{ dataDir: ['/a', '/b', '/a/'] }, `dataDir contains ${resolve('/a')} twice`],
    [{ dataDir: ['/a', '/b,c'] }, `dataDir cannot be a list that contains ${resolve('/b,c')}: `],
    [{ storage: 'tape' }, "storage must be 'disk' or 'memory', not 'tape'"],
    [{ durability: 'none' }, "durability must be 'pageCache' or 'fsync', not 'none'"],
    [
      { durability: 'fsync' },
      "durability 'fsync' needs a dataDir: other files are deleted on close",
    ],
    [{ clusterId: 'short' }, "clusterId must be 22 characters of URL-safe base64, not 'short'"],
    [
      { topics: 'orders' },
      "topics must be a list of { name, partitions?, replicas?, configs? }, not 'orders'",
    ],
    [
      { config: { a: [1] } },
      "config must be an object of strings, numbers or booleans by the names of Kafka's broker configs, not { a: [ 1 ] }",
    ],
    [{ profile: 'fast' }, "profile must be 'test' or 'faithful', not 'fast'"],
    [{ clock: {} }, 'clock must be a Clock, such as a ManualClock, not {}'],
    [{ clock: null }, 'clock must be a Clock, such as a ManualClock, not null'],
    [
      { logLevel: 'trace' },
      "logLevel must be 'silent', 'error', 'warn', 'info' or 'debug', not 'trace'",
    ],
    [{ keepAlive: 1 }, 'keepAlive must be true or false, not 1'],
    [{ onBrokerFailure: true }, 'onBrokerFailure must be a function, not true'],
    [
      { port: cyclic },
      'port must be a whole number from 0 to 65535, not <ref *1> { self: [Circular *1] }',
    ],
    [{ topics: [null] }, 'a topic accepts only an object of options'],
    [{ topics: [{ partitions: 1 }] }, 'topics[0].name is missing'],
    [{ topics: [{ name: '' }] }, "topics[0].name must be the name of a topic, not ''"],
    [
      { topics: [{ name: 'a' }, { name: 'b', partitions: 0 }] },
      'topics[1].partitions must be a whole number from 1 to 10000, not 0',
    ],
    [
      { topics: [{ name: 'a', replicas: 1.5 }] },
      'topics[0].replicas must be a whole number from 1 to 100, not 1.5',
    ],
    [
      { configs: {} },
      'configs is not an option of startCluster (did you mean config?). The options are brokers, ',
    ],
    [
      { topics: [{ name: 'a', config: {} }] },
      'topics[0].config is not an option of a topic (did you mean topics[0].configs?). The options are name, partitions, replicas, configs',
    ],
    [
      { topics: [{ name: 'a', configs: null }] },
      "topics[0].configs must be an object of strings, numbers or booleans by the names of Kafka's topic configs, not null",
    ],
    [
      { topics: [{ name: 'a', replicationFactor: 1 }] },
      'topics[0].replicationFactor is not an option of a topic. The options are name, partitions, replicas, configs',
    ],
    [{ toString: undefined }, 'toString is not an option of startCluster. The options are '],
    [{ brokerCount: undefined }, 'brokerCount is not an option of startCluster. The options are '],
    [null, 'startCluster accepts only an object of options'],
    [9092, 'startCluster accepts only an object of options'],
    [[], 'startCluster accepts only an object of options'],
  ])('%o', (options, message) => {
    const { code, message: actual } = refusal(options)
    expect(code).toBe('INVALID_OPTION')
    expect(actual).toContain(message)
  })

  test('memory excludes a data directory', () => {
    const { code, message } = refusal({ storage: 'memory', dataDir: 'data' })
    expect(code).toBe('INVALID_OPTION')
    expect(message).toBe("dataDir cannot be used with storage 'memory': omit one of them")
  })

  test('the ports of all brokers must be valid', () => {
    expect(refusal({ port: 65534, brokers: 3 }).message).toBe(
      'port 65534 is too large for 3 brokers: they use consecutive ports, and the last port is 65535',
    )
  })

  test('the ids of all brokers must be valid', () => {
    expect(refusal({ firstBrokerId: 2147483646, brokers: 3 }).message).toBe(
      'firstBrokerId 2147483646 is too large for 3 brokers: the largest id is 2147483647',
    )
  })
})
