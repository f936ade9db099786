import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { flagOf } from '../../src/cli/option-flags.ts'
import { clusterRules } from '../../src/cluster/option-rules.ts'
import type { ClusterOptions } from '../../src/cluster/options.ts'
import { resolveOptions } from '../../src/cluster/resolve-options.ts'
import { startCluster } from '../../src/index.ts'
import type { OdradekError } from '../../src/platform/odradek-error.ts'
import { odradek } from './odradek.ts'

test('an option is named by its flag, an option in a list by that of the list', () => {
  expect(flagOf('dataDir')).toBe('--data-dir')
  expect(flagOf('topics[0].partitions')).toBe('partitions of --topic')
  expect(flagOf('clusterId')).toBe('clusterId')
})

test.each<[ClusterOptions, string]>([
  [
    { durability: 'fsync' },
    "--durability 'fsync' needs a --data-dir: other files are deleted on close",
  ],
  [
    { port: 65535, brokers: 2 },
    '--port 65535 is too large for 2 brokers: they use consecutive ports, and the last port is 65535',
  ],
  [
    { firstBrokerId: 2147483647, brokers: 2 },
    '--first-broker-id 2147483647 is too large for 2 brokers: the largest id is 2147483647',
  ],
  [
    { advertisedHost: '0.0.0.0' },
    "--advertised-host must be a host name or an IP address that clients can connect to, not '0.0.0.0'",
  ],
  [
    { port: 1, brokers: [{}, { advertisedPort: 1 }] },
    'brokers 1 and 2 have the same address 127.0.0.1:1: give each its own --advertised-host or --advertised-port',
  ],
  [
    { features: { 'transaction.version': 3 } },
    'transaction.version of --feature must be a whole number from 0 to 2, not 3',
  ],
  [{ host: '' }, "--host must be a host name or an IP address, not ''"],
  [{ dataDir: '' }, "--data-dir must be the path of a directory, or a list of them, not ''"],
  [
    { topics: [{ name: 'orders', partitions: 20_000 }] },
    'partitions of --topic must be a whole number from 1 to 10000, not 20000',
  ],
])('the message for %o names flags', (options, message) => {
  expect(messageForFlags(() => resolveOptions(options))).toBe(message)
})

test.each([
  ['node.id', '--first-broker-id'],
  ['listeners', '--listener'],
  ['advertised.listeners', '--listener'],
  ['log.dirs', '--data-dir'],
])('a config that another option sets names its flag: %s', async (name, flags) => {
  const error: unknown = await startCluster({ config: { [name]: 7 } }).catch((e: unknown) => e)
  expect((error as OdradekError).messageFor(flagOf)).toBe(
    `${name} cannot be set: it follows from the option ${flags}`,
  )
})

test('each flag that is named is one of start or of open', async () => {
  const helps = await Promise.all(['start', 'open'].map((name) => odradek([name, '--help'])))
  const known = new Set(helps.flatMap(({ stdout }) => stdout.match(/--[\w-]+/g) ?? []))
  const named = [...Object.keys(clusterRules), 'names'].map(flagOf)
  const flags = named.filter((flag) => flag.startsWith('--'))
  expect(flags).toContain('--advertised-host')
  expect(flags.filter((flag) => !known.has(flag))).toEqual([])
})

test('error messages of the command line name its flags', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'odradek-flags-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'file'), '')
  const refusals: [string[], string][] = [
    [
      ['start', '--durability', 'fsync'],
      "--durability 'fsync' needs a --data-dir: other files are deleted on close",
    ],
    [
      ['start', '--config', 'log.dirs=x'],
      'log.dirs cannot be set: it follows from the option --data-dir',
    ],
    [
      ['start', '--data-dir', join(folder, 'a'), '--data-dir', join(folder, 'a')],
      `--data-dir contains ${join(folder, 'a')} twice: omit one of them`,
    ],
    [
      ['start', '--brokers', '2', '--broker-config', '3:broker.rack=a'],
      '--broker-config 3:broker.rack=a: there is no broker 3; use one of 1, 2',
    ],
    [
      ['start', '--port', '0', '--host', '192.0.2.1'],
      '192.0.2.1 is not an address of this machine (listener PLAINTEXT): use 127.0.0.1, or 0.0.0.0 for all addresses. --advertised-host sets the address that clients get',
    ],
    [['open', '--host', '', folder], "--host must be a host name or an IP address, not ''"],
  ]
  for (const [args, message] of refusals)
    expect(await odradek(args)).toEqual({ code: 1, stdout: '', stderr: `odradek: ${message}\n` })
})

function messageForFlags(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    return (error as OdradekError).messageFor(flagOf)
  }
  throw new Error('nothing was thrown')
}
