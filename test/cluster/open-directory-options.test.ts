import { expect, test } from 'vitest'
import { resolveOpenOptions } from '../../src/cluster/resolve-open-options.ts'

const available =
  'names, skipCorruptBatches, verify, host, port, advertisedHost, advertisedPort, listeners, clusterId, config, profile, clock, logLevel, keepAlive, createTopicPolicy, alterConfigPolicy, onBrokerFailure'

test.each<[object, string]>([
  [
    { advertisedHosts: 'kafka' },
    `advertisedHosts is not an option of openDirectory (did you mean advertisedHost?). The options are ${available}`,
  ],
  ...['brokers', 'firstBrokerId', 'dataDir', 'storage', 'durability', 'topics'].map(
    (name): [object, string] => [
      { [name]: undefined },
      `${name} is not an option of openDirectory. The options are ${available}`,
    ],
  ),
  [{ host: '[::1]' }, "host must be a host name or an IP address, not '[::1]'"],
  [{ names: 'orders' }, "names must be an object that maps topic names to new names, not 'orders'"],
  [
    { names: { orders: '' } },
    "names must be an object that maps topic names to new names, not { orders: '' }",
  ],
  [{ skipCorruptBatches: 1 }, 'skipCorruptBatches must be true or false, not 1'],
  [{ verify: 'all' }, "verify must be 'tail', 'batches' or 'records', not 'all'"],
])('openDirectory refuses %o', (options, message) => {
  expect(() => resolveOpenOptions(options)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message }),
  )
})

test('skipCorruptBatches implies that every record is verified', () => {
  expect(resolveOpenOptions({ skipCorruptBatches: true, verify: 'tail' }).verify).toBe('records')
})
