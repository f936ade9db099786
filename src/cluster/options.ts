import { resolve } from 'node:path'
import type { AlterConfigPolicy, CreateTopicPolicy } from '../controller/policies.ts'
import type { Profile } from '../broker/profile.ts'
import type { Clock } from '../platform/clock.ts'
import { checkOptions, clusterRules, invalidOption, topicRules } from './option-rules.ts'
import { resolveBrokers, type ResolvedBroker } from './resolve-brokers.ts'

/** How much a cluster tells about itself, on stderr. */
export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug'

/** Configs by Kafka's names. */
export type Configs = Readonly<Record<string, string | number | boolean>>

/** A topic that is there when the cluster is. */
export interface TopicOptions {
  readonly name: string
  /** Default: the broker config `num.partitions`, which is 1. */
  readonly partitions?: number
  /** Default: the broker config `default.replication.factor`, which is 1. */
  readonly replicas?: number
  /** Topic configs by Kafka's names, for example `{ 'cleanup.policy': 'compact' }`. */
  readonly configs?: Configs
}

/** A broker has closed by itself, where Kafka ends its process. */
export interface BrokerFailure {
  readonly id: number
  /** Which directory it has lost, and what the operating system said. */
  readonly reason: string
}

/** The options of one broker, where the brokers of a cluster differ. */
export interface BrokerOptions {
  /** The rack (`broker.rack`): replicas of a partition are spread over racks. Default: that of the cluster's `config`, or none. */
  readonly rack?: string
  /** Broker configs of this broker, by Kafka's names. They override the `config` of the cluster. Default none. */
  readonly config?: Configs
  /** Default: that of the cluster. */
  readonly advertisedHost?: string
  /** Default: that of the cluster plus the index in the list, or the port that is bound. */
  readonly advertisedPort?: number
}

/** How a cluster is started. Every option has a default. */
export interface ClusterOptions {
  /**
   * The number of brokers, 1 to 100, or a list with the options of each. Their ids count up from `firstBrokerId`.
   * Default 1.
   */
  readonly brokers?: number | readonly BrokerOptions[]
  /**
   * The id (`node.id`) of the first broker, 0 to 2147483647. The controller runs on this broker. A data directory is opened
   * with the id that it was made with. Default 1.
   */
  readonly firstBrokerId?: number
  /** The address that the listeners bind. Default `127.0.0.1`. */
  readonly host?: string
  /** The first broker's port; the others take those that follow. Default 0: free ports. */
  readonly port?: number
  /**
   * The host that clients are told, where it is not the one that is bound: in front of containers and proxies. Every
   * answer that names brokers has it, and so has `bootstrapServers`. Default: `host`, or `127.0.0.1` where that is `0.0.0.0`
   * or `::`.
   */
  readonly advertisedHost?: string
  /**
   * The port that clients are told of the first broker; those of the others follow. Default: the ports that are bound.
   */
  readonly advertisedPort?: number
  /**
   * Where the files lie, one directory per broker. Made when it is not there; what it holds is opened. A list is what
   * `log.dirs` is to Kafka, one directory per disk: partitions are spread over them, and one that fails takes only its
   * own partitions offline. The first holds what the cluster knows. Default: a temporary directory that goes with the
   * cluster.
   */
  readonly dataDir?: string | readonly string[]
  /** `disk`, or `memory` for a log without files; `memory` excludes `dataDir`. Default `disk`. */
  readonly storage?: 'disk' | 'memory'
  /**
   * What an acknowledged record outlives: with `pageCache`, as in Kafka, the death of the process; with `fsync` that of
   * the machine, too, because answers wait for the disk, and consumers see nothing that is not on it. Requests that come
   * together share a sync. Needs a `dataDir`. Default `pageCache`.
   */
  readonly durability?: 'pageCache' | 'fsync'
  /** 22 characters of URL-safe base64. Default: that of the data directory, or a new one. */
  readonly clusterId?: string
  /** Topics to make; those that are there stay as they are. Default none. */
  readonly topics?: readonly TopicOptions[]
  /**
   * Broker configs by Kafka's names, for example `{ 'num.partitions': 3 }`; those that say what other options say, such
   * as `listeners`, are not taken. Names that Kafka does not know are taken with a warning. Default none.
   */
  readonly config?: Configs
  /**
   * Called for each topic that is about to be created, in place of Kafka's `create.topic.policy.class.name`. When it
   * returns a message or throws, the topic is refused with POLICY_VIOLATION and that message. It is called for topics that
   * are created automatically, for internal topics, for `topics`, and when a request only validates. Default: none.
   *
   * ```ts
   * createTopicPolicy: ({ topic, numPartitions }) =>
   *   (numPartitions ?? 0) > 12 ? `${topic} has more than 12 partitions` : undefined
   * ```
   */
  readonly createTopicPolicy?: CreateTopicPolicy
  /**
   * Called with the configs that are about to change, in place of Kafka's `alter.config.policy.class.name`. When it returns
   * a message or throws, the change is refused with POLICY_VIOLATION and that message. It is called for topics that are
   * created with configs, too. Default: none.
   */
  readonly alterConfigPolicy?: AlterConfigPolicy
  /**
   * `test`: topics are usable when they are created, groups form without delay, members leave soon after their
   * connections close.
   * `faithful`: Kafka's delays and lags. Default `test`.
   */
  readonly profile?: Profile
  /** Default: the system's time. Hand in a `ManualClock` to move time yourself. */
  readonly clock?: Clock
  /** With `error`, warnings about configs of the start are warnings of the process. Default `error`. */
  readonly logLevel?: LogLevel
  /** Whether the cluster keeps the process alive. Default false, so that a test runner can end. */
  readonly keepAlive?: boolean
  /**
   * Told when a broker has closed because its last log directory failed, or that of the metadata log. The cluster and its
   * other brokers go on. Default: nobody but the log.
   */
  readonly onBrokerFailure?: (failure: BrokerFailure) => void
}

type WithoutDefault =
  | 'clusterId'
  | 'clock'
  | 'onBrokerFailure'
  | 'createTopicPolicy'
  | 'alterConfigPolicy'

/** Resolved for each broker. */
const perBroker = ['brokers', 'firstBrokerId', 'port', 'advertisedHost', 'advertisedPort'] as const
type PerBroker = (typeof perBroker)[number]

type Resolved = Required<Omit<ClusterOptions, PerBroker | 'dataDir' | WithoutDefault>> &
  Pick<ClusterOptions, WithoutDefault> & {
    brokers: readonly ResolvedBroker[]
    /** Absolute paths. */
    dataDir?: readonly string[]
  }

/** Options whose defaults are filled in. */
export type ResolvedOptions = { readonly [K in keyof Resolved]: Resolved[K] }

/**
 * Checks the options and fills in the defaults.
 *
 * @throws OdradekError `INVALID_OPTION` that names the option and what is allowed
 */
export function resolveOptions(options: ClusterOptions): ResolvedOptions {
  checkOptions(options, clusterRules, 'startCluster')
  options.topics?.forEach((topic, index) => {
    checkOptions(topic, topicRules, 'a topic', `topics[${index}].`)
    if (topic.name === undefined) {
      throw invalidOption((nameOf) => `${nameOf(`topics[${index}].name`)} is missing`)
    }
  })
  if (options.storage === 'memory' && options.dataDir !== undefined) {
    throw invalidOption(
      (nameOf) =>
        `${nameOf('dataDir')} can't go with ${nameOf('storage')} 'memory': leave one of them out`,
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

/** Returns the options with the defaults filled in, unchecked. */
export function withDefaults(options: ClusterOptions): ResolvedOptions {
  const { dataDir, ...rest } = options
  return {
    host: '127.0.0.1',
    storage: 'disk',
    durability: 'pageCache',
    topics: [],
    config: {},
    profile: 'test',
    logLevel: 'error',
    keepAlive: false,
    ...givenForAll(rest),
    ...(dataDir !== undefined && { dataDir: resolveDirectories(dataDir) }),
    brokers: resolveBrokers(options),
  }
}

function resolveDirectories(dataDir: string | readonly string[]): string[] {
  const paths = (typeof dataDir === 'string' ? [dataDir] : dataDir).map((path) => resolve(path))
  const twice = paths.find((path, index) => paths.indexOf(path) !== index)
  if (twice !== undefined) {
    throw invalidOption((nameOf) => `${nameOf('dataDir')} names ${twice} twice`)
  }
  const withComma = paths.length > 1 ? paths.find((path) => path.includes(',')) : undefined
  if (withComma !== undefined) {
    throw invalidOption(
      (nameOf) =>
        `${nameOf('dataDir')} can't be a list with ${withComma} in it: commas separate log.dirs`,
    )
  }
  return paths
}

/** Returns the options that are given and are the same for all brokers. */
function givenForAll<T extends object>(options: T): Omit<T, PerBroker> {
  const excluded: readonly string[] = perBroker
  return Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => value !== undefined && !excluded.includes(name),
    ),
  ) as Omit<T, PerBroker>
}
