import type { OpenDirectoryOptions } from '../cluster/open-directory-options.ts'
import type { ClusterOptions } from '../cluster/options.ts'

/** The flag of each option; null where the command line has none. */
const flags: {
  readonly [K in keyof (ClusterOptions & OpenDirectoryOptions)]-?: string | null
} = {
  brokers: '--brokers',
  firstBrokerId: '--first-broker-id',
  host: '--host',
  port: '--port',
  advertisedHost: '--advertised-host',
  advertisedPort: '--advertised-port',
  listeners: '--listener',
  dataDir: '--data-dir',
  storage: null,
  durability: '--durability',
  clusterId: null,
  topics: '--topic',
  features: '--feature',
  names: '--topic',
  skipCorruptBatches: '--skip-corrupt',
  verify: '--verify',
  config: '--config',
  profile: '--profile',
  clock: null,
  logLevel: '--log-level',
  keepAlive: null,
  createTopicPolicy: null,
  alterConfigPolicy: null,
  replicaSelector: null,
  onBrokerFailure: null,
}

/**
 * Returns the name that an option of the JavaScript API has on the command line, for messages:
 * `--data-dir` for `dataDir`, `partitions of --topic` for `topics[0].partitions`.
 */
export function flagOf(option: string): string {
  const [, name, member] = /^(\w+)(?:\[\d+\](?:\.(.+))?)?$/.exec(option) ?? []
  const flag = Object.hasOwn(flags, name ?? '') ? flags[name as keyof typeof flags] : null
  if (flag === null) return option
  return member === undefined ? flag : `${member} of ${flag}`
}
