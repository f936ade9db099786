import { inspect } from 'node:util'
import type { Clock } from '../platform/clock.ts'
import { isIpv6Address } from '../platform/network.ts'
import { OdradekError, type OptionNaming } from '../platform/odradek-error.ts'
import { closestName } from './closest-name.ts'
import type { ListenerOptions } from './listener-options.ts'
import type { OpenDirectoryOptions } from './open-directory-options.ts'
import type { RemoveBrokerOptions, RollingRestartOptions } from './broker-operation-options.ts'
import type { BrokerOptions, ClusterOptions, TopicOptions } from './options.ts'
import type { GroupConditions, GroupWaitOptions } from './group.ts'
import type { TransactionWaitOptions } from './transaction.ts'

/** The allowed values of an option, as text and as a check. */
interface Rule {
  readonly allowed: string
  readonly accepts: (value: unknown) => boolean
}

/** The largest broker id. Kafka's `node.id` is an INT. */
export const MAX_BROKER_ID = 2 ** 31 - 1

/** The most brokers of a cluster. */
export const MAX_BROKERS = 100

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
/** Does not check the class: test environments such as jsdom have their own. */
const isSignal = (value: unknown): boolean => {
  const { aborted, addEventListener } = Object(value) as Partial<AbortSignal>
  return typeof aborted === 'boolean' && typeof addEventListener === 'function'
}
const isNonEmptyString = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isDirectories = (value: unknown): boolean =>
  isNonEmptyString(value) ||
  (Array.isArray(value) && value.length > 0 && value.every(isNonEmptyString))
const isBrokers = (value: unknown): boolean =>
  isWholeNumber(1, MAX_BROKERS)(Array.isArray(value) ? value.length : value)

/** Checks for the characters that Kafka accepts in `listeners`. */
const isHost = (value: unknown): boolean =>
  typeof value === 'string' && (isIpv6Address(value) || /^[\w%.-]+$/.test(value))

/** Excludes addresses that mean all interfaces: clients cannot connect to them. */
const isReachableHost = (value: unknown): boolean =>
  isHost(value) && value !== '0.0.0.0' && !/^[0:]+$/.test(value as string)

const advertised = {
  advertisedHost: {
    allowed: 'a host name or an IP address that clients can connect to',
    accepts: isReachableHost,
  },
  advertisedPort: {
    allowed: 'a whole number from 1 to 65535',
    accepts: isWholeNumber(1, 65535),
  },
}
const isListeners = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((each) => typeof each === 'string' || isRecord(each))

const listeners: Rule = {
  allowed: 'a list of NAME://host:port, or of { name, host?, port?, … }',
  accepts: isListeners,
}
const bound = {
  host: { allowed: 'a host name or an IP address', accepts: isHost },
  port: { allowed: 'a whole number from 0 to 65535', accepts: isWholeNumber(0, 65535) },
}
const configs = 'an object of strings, numbers or booleans'
const brokerConfigs: Rule = {
  allowed: `${configs} by the names of Kafka's broker configs`,
  accepts: isConfigs,
}

const trueOrFalse: Rule = {
  allowed: 'true or false',
  accepts: (value) => typeof value === 'boolean',
}
const aFunction: Rule = {
  allowed: 'a function',
  accepts: (value) => typeof value === 'function',
}

/** Rules of {@link ClusterOptions}. */
export const clusterRules: { readonly [K in keyof ClusterOptions]-?: Rule } = {
  brokers: {
    allowed:
      'a whole number from 1 to 100, or a list of 1 to 100 { rack?, config?, advertisedHost?, advertisedPort?, listeners? }',
    accepts: isBrokers,
  },
  firstBrokerId: {
    allowed: `a whole number from 0 to ${MAX_BROKER_ID}`,
    accepts: isWholeNumber(0, MAX_BROKER_ID),
  },
  ...bound,
  ...advertised,
  listeners,
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
  features: {
    allowed: "an object of levels by the names of features, such as 'transaction.version'",
    accepts: isRecord,
  },
  config: brokerConfigs,
  profile: { allowed: "'test' or 'faithful'", accepts: isOneOf('test', 'faithful') },
  clock: {
    allowed: 'a Clock, such as a ManualClock',
    accepts: isClock,
  },
  logLevel: {
    allowed: "'silent', 'error', 'warn', 'info' or 'debug'",
    accepts: isOneOf('silent', 'error', 'warn', 'info', 'debug'),
  },
  keepAlive: trueOrFalse,
  createTopicPolicy: aFunction,
  alterConfigPolicy: aFunction,
  replicaSelector: aFunction,
  onBrokerFailure: aFunction,
}

/** Options that follow from the directories are not options of `openDirectory`. */
const {
  brokers: _brokers,
  firstBrokerId: _firstBrokerId,
  dataDir: _dataDir,
  storage: _storage,
  durability: _durability,
  topics: _topics,
  replicaSelector: _replicaSelector,
  features: _features,
  ...shared
} = clusterRules

/** Rules of {@link OpenDirectoryOptions}. */
export const openDirectoryRules: { readonly [K in keyof OpenDirectoryOptions]-?: Rule } = {
  names: {
    allowed: 'an object that maps topic names to new names',
    accepts: (value) => isRecord(value) && Object.values(value as object).every(isNonEmptyString),
  },
  skipCorruptBatches: trueOrFalse,
  verify: {
    allowed: "'tail', 'batches' or 'records'",
    accepts: isOneOf('tail', 'batches', 'records'),
  },
  ...shared,
}

/** Rules of {@link TopicOptions}. */
export const topicRules: { readonly [K in keyof TopicOptions]-?: Rule } = {
  name: { allowed: 'the name of a topic', accepts: isNonEmptyString },
  partitions: { allowed: 'a whole number from 1 to 10000', accepts: isWholeNumber(1, 10_000) },
  replicas: { allowed: 'a whole number from 1 to 100', accepts: isWholeNumber(1, 100) },
  configs: { allowed: `${configs} by the names of Kafka's topic configs`, accepts: isConfigs },
}

/** Rules of {@link BrokerOptions}. */
export const brokerRules: { readonly [K in keyof BrokerOptions]-?: Rule } = {
  rack: { allowed: 'the name of a rack', accepts: isNonEmptyString },
  config: brokerConfigs,
  ...advertised,
  listeners,
}

/** Rules of {@link ListenerOptions}. */
export const listenerRules: { readonly [K in keyof ListenerOptions]-?: Rule } = {
  name: {
    allowed: "a name of letters, digits, '_', '.' and '-'",
    accepts: (value) => typeof value === 'string' && /^[\w.-]+$/.test(value),
  },
  ...bound,
  ...advertised,
  advertise: {
    allowed: "'client-host' or a function",
    accepts: (value) => value === 'client-host' || aFunction.accepts(value),
  },
}

/** Rules of the options of a delay. */
export const delayRules: { readonly ms: Rule } = {
  ms: {
    allowed: 'a number of milliseconds from 0 on',
    accepts: (value) => typeof value === 'number' && value >= 0 && value < Infinity,
  },
}

/** Rules of {@link GroupWaitOptions}. */
export const groupWaitRules: { readonly [K in keyof GroupWaitOptions]-?: Rule } = {
  signal: { allowed: 'an AbortSignal', accepts: isSignal },
  timeoutMs: {
    allowed: 'a number of milliseconds from 0 on',
    accepts: (value) => typeof value === 'number' && value >= 0,
  },
}

/** Rules of {@link RemoveBrokerOptions}. */
export const removeBrokerRules: { readonly [K in keyof RemoveBrokerOptions]-?: Rule } = {
  ...groupWaitRules,
  force: trueOrFalse,
}

/** Rules of {@link RollingRestartOptions}. */
export const rollingRestartRules: { readonly [K in keyof RollingRestartOptions]-?: Rule } = {
  ...groupWaitRules,
  onEach: aFunction,
}

/** Rules of {@link TransactionWaitOptions}. */
export const waitRules: { readonly [K in keyof TransactionWaitOptions]-?: Rule } = {
  ...groupWaitRules,
  next: trueOrFalse,
}

/** Rules of {@link GroupConditions}. */
export const groupConditionRules: { readonly [K in keyof GroupConditions]-?: Rule } = {
  state: {
    allowed: 'the name of a state, or a list of them',
    accepts: (value) => typeof value === 'string' || (Array.isArray(value) && value.length > 0),
  },
  members: { allowed: 'a whole number', accepts: isWholeNumber(0, Number.MAX_SAFE_INTEGER) },
  assigned: {
    allowed: 'true or a number of partitions',
    accepts: (value) => value === true || isWholeNumber(0, Number.MAX_SAFE_INTEGER)(value),
  },
  caughtUp: { allowed: 'true', accepts: (value) => value === true },
}

/**
 * Checks each option.
 *
 * @param what the owner of the options, for messages
 * @param prefix the text before option names in messages
 * @throws OdradekError `INVALID_OPTION`, which names the option and the allowed values
 */
export function checkOptions(
  options: object,
  known: Record<string, Rule>,
  what: string,
  prefix = '',
): void {
  if (!isRecord(options)) throw invalidOption(() => `${what} accepts only an object of options`)
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(known, name) ? known[name] : undefined
    if (rule === undefined) {
      const names = Object.keys(known)
      const meant = closestName(name, names)
      throw invalidOption((nameOf) => {
        const hint = meant === undefined ? '' : ` (did you mean ${nameOf(prefix + meant)}?)`
        return `${nameOf(prefix + name)} is not an option of ${what}${hint}. The options are ${names.join(', ')}`
      })
    }
    if (value !== undefined && !rule.accepts(value)) {
      const seen = inspect(value, {
        depth: 1,
        breakLength: Infinity,
        compact: true,
        maxArrayLength: 5,
      })
      throw invalidOption(
        (nameOf) => `${nameOf(prefix + name)} must be ${rule.allowed}, not ${seen}`,
      )
    }
  }
}

/** Returns the error for invalid options. */
export function invalidOption(wording: (nameOf: OptionNaming) => string): OdradekError {
  return new OdradekError('INVALID_OPTION', wording)
}
