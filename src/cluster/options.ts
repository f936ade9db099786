import { resolve } from 'node:path'
import { inspect } from 'node:util'
import type { Profile } from '../broker/profile.ts'
import type { Clock } from '../platform/clock.ts'
import { OdradekError } from '../platform/odradek-error.ts'

/** How much a cluster tells about itself, on stderr. */
export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug'

/** A topic that is there when the cluster is. */
export interface TopicOptions {
  readonly name: string
  /** Default: the broker config `num.partitions`, which is 1. */
  readonly partitions?: number
  /** Default: the broker config `default.replication.factor`, which is 1. */
  readonly replicas?: number
  /** Topic configs by Kafka's names, for example `{ 'cleanup.policy': 'compact' }`. */
  readonly configs?: Readonly<Record<string, string | number | boolean>>
}

/** A broker has closed by itself, where Kafka ends its process. */
export interface BrokerFailure {
  readonly id: number
  /** Which directory it has lost, and what the operating system said. */
  readonly reason: string
}

/** How a cluster is started. Every option has a default. */
export interface ClusterOptions {
  /** Number of brokers, 1 to 100; their ids are 1, 2, 3, … Default 1. */
  readonly brokers?: number
  /** The address that the listeners bind and that clients are told. Default `127.0.0.1`. */
  readonly host?: string
  /** The first broker's port; the others take those that follow. Default 0: free ports. */
  readonly port?: number
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
   * as `listeners`, are not taken. Default none.
   */
  readonly config?: Readonly<Record<string, string | number | boolean>>
  /**
   * `test`: topics are usable when they are created, groups form without delay, members go with their connections.
   * `faithful`: Kafka's delays and lags. Default `test`.
   */
  readonly profile?: Profile
  /** Default: the system's time. Hand in a `ManualClock` to move time yourself. */
  readonly clock?: Clock
  /** Default `error`. */
  readonly logLevel?: LogLevel
  /** Whether the cluster keeps the process alive. Default false, so that a test runner can end. */
  readonly keepAlive?: boolean
  /**
   * Told when a broker has closed because its last log directory failed, or that of the metadata log. The cluster and its
   * other brokers go on. Default: nobody but the log.
   */
  readonly onBrokerFailure?: (failure: BrokerFailure) => void
}

type WithoutDefault = 'clusterId' | 'clock' | 'onBrokerFailure'

type Resolved = Required<Omit<ClusterOptions, 'dataDir' | WithoutDefault>> &
  Pick<ClusterOptions, WithoutDefault> & {
    /** Absolute paths. */
    dataDir?: readonly string[]
  }

/** Options whose defaults are filled in. */
export type ResolvedOptions = { readonly [K in keyof Resolved]: Resolved[K] }

interface Rule {
  readonly allowed: string
  readonly accepts: (value: unknown) => boolean
}

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isWholeNumber = (min: number, max: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max
const isOneOf =
  (...values: readonly string[]) =>
  (value: unknown) =>
    values.includes(value as string)
const isConfigs = (value: unknown): boolean =>
  isRecord(value) &&
  Object.values(value as object).every((entry) =>
    ['string', 'number', 'boolean'].includes(typeof entry),
  )
const isClock = (value: unknown): boolean => {
  const { now, schedule } = Object(value) as Partial<Clock>
  return typeof now === 'function' && typeof schedule === 'function'
}
const isNonEmptyString = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isDirectories = (value: unknown): boolean =>
  isNonEmptyString(value) ||
  (Array.isArray(value) && value.length > 0 && value.every(isNonEmptyString))

const configs = 'an object of strings, numbers or booleans'

const rules: { readonly [K in keyof ClusterOptions]-?: Rule } = {
  brokers: { allowed: 'a whole number from 1 to 100', accepts: isWholeNumber(1, 100) },
  host: { allowed: 'a host name or an IP address', accepts: isNonEmptyString },
  port: { allowed: 'a whole number from 0 to 65535', accepts: isWholeNumber(0, 65535) },
  dataDir: { allowed: 'the path of a directory, or a list of them', accepts: isDirectories },
  storage: { allowed: "'disk' or 'memory'", accepts: isOneOf('disk', 'memory') },
  durability: {
    allowed: "'pageCache' or 'fsync'",
    accepts: isOneOf('pageCache', 'fsync'),
  },
  clusterId: {
    allowed: '22 characters of URL-safe base64',
    accepts: (value) => typeof value === 'string' && /^[\w-]{22}$/.test(value),
  },
  topics: {
    allowed: 'a list of { name, partitions?, replicas?, configs? }',
    accepts: Array.isArray,
  },
  config: { allowed: `${configs} by the names of Kafka's broker configs`, accepts: isConfigs },
  profile: { allowed: "'test' or 'faithful'", accepts: isOneOf('test', 'faithful') },
  clock: {
    allowed: 'a Clock, such as a ManualClock',
    accepts: isClock,
  },
  logLevel: {
    allowed: "'silent', 'error', 'warn', 'info' or 'debug'",
    accepts: isOneOf('silent', 'error', 'warn', 'info', 'debug'),
  },
  keepAlive: { allowed: 'true or false', accepts: (value) => typeof value === 'boolean' },
  onBrokerFailure: { allowed: 'a function', accepts: (value) => typeof value === 'function' },
}

const topicRules: { readonly [K in keyof TopicOptions]-?: Rule } = {
  name: { allowed: 'the name of a topic', accepts: isNonEmptyString },
  partitions: { allowed: 'a whole number from 1 to 10000', accepts: isWholeNumber(1, 10_000) },
  replicas: { allowed: 'a whole number from 1 to 100', accepts: isWholeNumber(1, 100) },
  configs: { allowed: `${configs} by the names of Kafka's topic configs`, accepts: isConfigs },
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws OdradekError `INVALID_OPTION` that names the option and what is allowed
 */
export function resolveOptions(options: ClusterOptions): ResolvedOptions {
  check(options, rules, 'startCluster', '')
  options.topics?.forEach((topic, index) => {
    check(topic, topicRules, 'a topic', `topics[${index}].`)
    if (topic.name === undefined) throw invalid(`topics[${index}].name is missing`)
  })
  if (options.storage === 'memory' && options.dataDir !== undefined) {
    throw invalid("dataDir can't go with storage 'memory': leave one of them out")
  }
  if (options.durability === 'fsync' && options.dataDir === undefined) {
    throw invalid("durability 'fsync' needs a dataDir: other files go with the cluster")
  }
  const { brokers = 1, port = 0, dataDir, ...rest } = options
  if (port !== 0 && port + brokers - 1 > 65535) {
    throw invalid(
      `port ${port} leaves no room for ${brokers} brokers, which take the ports that follow`,
    )
  }
  return {
    host: '127.0.0.1',
    storage: 'disk',
    durability: 'pageCache',
    topics: [],
    config: {},
    profile: 'test',
    logLevel: 'error',
    keepAlive: false,
    ...withoutUndefined(rest),
    ...(dataDir !== undefined && { dataDir: resolveDirectories(dataDir) }),
    brokers,
    port,
  }
}

function resolveDirectories(dataDir: string | readonly string[]): string[] {
  const paths = (typeof dataDir === 'string' ? [dataDir] : dataDir).map((path) => resolve(path))
  const twice = paths.find((path, index) => paths.indexOf(path) !== index)
  if (twice !== undefined) throw invalid(`dataDir names ${twice} twice`)
  const withComma = paths.length > 1 ? paths.find((path) => path.includes(',')) : undefined
  if (withComma !== undefined) {
    throw invalid(`dataDir can't be a list with ${withComma} in it: commas separate log.dirs`)
  }
  return paths
}

function check(options: object, known: Record<string, Rule>, what: string, prefix: string): void {
  if (!isRecord(options)) throw invalid(`${what} takes an object of options`)
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(known, name) ? known[name] : undefined
    if (rule === undefined) {
      throw invalid(
        `${prefix}${name} is not an option of ${what}; there are ${Object.keys(known).join(', ')}`,
      )
    }
    if (value !== undefined && !rule.accepts(value)) {
      throw invalid(
        `${prefix}${name} must be ${rule.allowed}, not ${inspect(value, { depth: 1, breakLength: Infinity })}`,
      )
    }
  }
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}

function invalid(message: string): OdradekError {
  return new OdradekError('INVALID_OPTION', message)
}
