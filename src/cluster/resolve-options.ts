import { resolve } from 'node:path'
import { checkFeatures } from './check-features.ts'
import { checkOptions, clusterRules, invalidOption, topicRules } from './option-rules.ts'
import type { ClusterOptions } from './options.ts'
import { addressOptions, resolveBrokers, type ResolvedBroker } from './resolve-brokers.ts'
import type { AddressOptions } from './resolve-listeners.ts'

type WithoutDefault =
  | 'clusterId'
  | 'clock'
  | 'onBrokerFailure'
  | 'createTopicPolicy'
  | 'alterConfigPolicy'
  | 'replicaSelector'

/** Options that are resolved for each broker. */
const perBroker = [
  'brokers',
  'firstBrokerId',
  'host',
  'port',
  'advertisedHost',
  'advertisedPort',
  'listeners',
] as const
type PerBroker = (typeof perBroker)[number]

type Resolved = Required<Omit<ClusterOptions, PerBroker | 'dataDir' | WithoutDefault>> &
  Pick<ClusterOptions, WithoutDefault> & {
    brokers: readonly ResolvedBroker[]
    /** The addresses of the cluster's options, from which those of added brokers follow. */
    addresses: AddressOptions
    /** Absolute paths. */
    dataDir?: readonly string[]
  }

/** Options with their defaults filled in. */
export type ResolvedOptions = { readonly [K in keyof Resolved]: Resolved[K] }

/**
 * Checks the options and fills in the defaults.
 *
 * @throws OdradekError `INVALID_OPTION`, which names the option and the allowed values
 */
export function resolveOptions(options: ClusterOptions): ResolvedOptions {
  checkOptions(options, clusterRules, 'startCluster')
  options.topics?.forEach((topic, index) => {
    checkOptions(topic, topicRules, 'a topic', `topics[${index}].`)
    if (topic.name === undefined) {
      throw invalidOption((nameOf) => `${nameOf(`topics[${index}].name`)} is missing`)
    }
  })
  checkFeatures(options.features ?? {})
  if (options.storage === 'memory' && options.dataDir !== undefined) {
    throw invalidOption(
      (nameOf) =>
        `${nameOf('dataDir')} cannot be used with ${nameOf('storage')} 'memory': omit one of them`,
    )
  }
  if (options.durability === 'fsync' && options.dataDir === undefined) {
    throw invalidOption(
      (nameOf) =>
        `${nameOf('durability')} 'fsync' needs a ${nameOf('dataDir')}: other files are deleted on close`,
    )
  }
  return withDefaults(options)
}

/** Returns the options with the defaults filled in. Does not check them. */
export function withDefaults(options: ClusterOptions): ResolvedOptions {
  const { dataDir, ...rest } = options
  return {
    storage: 'disk',
    durability: 'pageCache',
    topics: [],
    features: {},
    config: {},
    profile: 'test',
    logLevel: 'error',
    keepAlive: false,
    ...givenForAll(rest),
    ...(dataDir !== undefined && { dataDir: resolveDirectories(dataDir) }),
    brokers: resolveBrokers(options),
    addresses: addressOptions(options),
  }
}

function resolveDirectories(dataDir: string | readonly string[]): string[] {
  const paths = (typeof dataDir === 'string' ? [dataDir] : dataDir).map((path) => resolve(path))
  const twice = paths.find((path, index) => paths.indexOf(path) !== index)
  if (twice !== undefined) {
    throw invalidOption(
      (nameOf) => `${nameOf('dataDir')} contains ${twice} twice: omit one of them`,
    )
  }
  const withComma = paths.length > 1 ? paths.find((path) => path.includes(',')) : undefined
  if (withComma !== undefined) {
    throw invalidOption(
      (nameOf) =>
        `${nameOf('dataDir')} cannot be a list that contains ${withComma}: commas separate the paths in log.dirs. Use a path without a comma`,
    )
  }
  return paths
}

/** Returns the given options that are the same for all brokers. */
function givenForAll<T extends object>(options: T): Omit<T, PerBroker> {
  const excluded: readonly string[] = perBroker
  return Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => value !== undefined && !excluded.includes(name),
    ),
  ) as Omit<T, PerBroker>
}
