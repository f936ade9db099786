import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import { wrongGroupConfigs } from './broker-group-rules.ts'
import { wrongCleanerBuffer, wrongCleanerThreads } from './cleaner-config-rules.ts'
import { brokerConfigDef, withoutListener } from './config/broker-configs.ts'
import { parseConfig, parseList } from './config/config-value.ts'

/** Security configs that can be set per listener: keys and certificates. */
const PER_LISTENER = /^ssl\.(keystore\.|truststore\.|key\.password$)/

/** Configs that a running broker can at most double and at most halve. */
const THREAD_COUNTS: ReadonlySet<string> = new Set([
  'background.threads',
  'num.io.threads',
  'num.network.threads',
  'num.recovery.threads.per.data.dir',
  'num.replica.fetchers',
])

/**
 * Returns the error if a running broker does not accept these dynamic configs (Kafka's
 * `DynamicBrokerConfig.validate`). Like Kafka, it silently accepts unknown configs.
 *
 * @param forAllBrokers whether they are set for the whole cluster
 */
export function validateBrokerConfigs(
  configs: ReadonlyMap<string, string>,
  broker: BrokerConfig,
  forAllBrokers: boolean,
): ApiError | undefined {
  const valueOf = (name: string) => configs.get(name) ?? broker.written(name)!
  const complaint =
    wrongPlace(configs, forAllBrokers) ??
    wrongValue(configs) ??
    wrongGroupConfigs(valueOf) ??
    wrongCleanerBuffer(valueOf) ??
    wrongCleanerThreads(configs, broker) ??
    wrongChange(configs, broker)
  return complaint === undefined ? undefined : new ApiError(ErrorCode.InvalidRequest, complaint)
}

function wrongPlace(
  configs: ReadonlyMap<string, string>,
  forAllBrokers: boolean,
): string | undefined {
  const names = [...configs.keys()].sort()
  const fixed = names.filter((name) => brokerConfigDef(name)?.updateMode === 'read-only')
  if (fixed.length > 0) return `Cannot update these configs dynamically: [${fixed.join(', ')}]`
  const bare = names.filter((name) => PER_LISTENER.test(name))
  if (bare.length > 0)
    return `These security configs can be dynamically updated only per-listener using the listener prefix: [${bare.join(', ')}]`
  const own = names.filter((name) => brokerConfigDef(name)?.updateMode === 'per-broker')
  if (forAllBrokers && own.length > 0)
    return `Cannot update these configs at default cluster level, broker id must be specified: [${own.join(', ')}]`
  return undefined
}

function wrongValue(configs: ReadonlyMap<string, string>): string | undefined {
  for (const [name, written] of configs) {
    const def = brokerConfigDef(name)
    if (def === undefined) continue
    const parsed = parseConfig(withoutListener(name), def, written)
    if ('invalid' in parsed) return parsed.invalid
  }
  return undefined
}

/** Returns the error for a value that a running broker cannot change to. */
function wrongChange(
  configs: ReadonlyMap<string, string>,
  broker: BrokerConfig,
): string | undefined {
  for (const [name, written] of configs) {
    const complaint =
      name === 'cordoned.log.dirs'
        ? unknownLogDirs(parseList(written), broker)
        : THREAD_COUNTS.has(name)
          ? wrongThreadCount(name, Number(written), broker)
          : undefined
    if (complaint !== undefined) return complaint
  }
  return undefined
}

function unknownLogDirs(paths: readonly string[], broker: BrokerConfig): string | undefined {
  const known = broker.list('log.dirs')
  const missing = paths.filter((path) => path !== '*' && !known.includes(path))
  return missing.length === 0
    ? undefined
    : `requirement failed: All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : ${missing.join(', ')}`
}

function wrongThreadCount(name: string, count: number, broker: BrokerConfig): string | undefined {
  const current = Number(broker.written(name))
  const complain = (what: string) =>
    `Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation failed for ${name}=${count}, value should ${what} the current value ${current} for configuration Invalid dynamic configuration`
  if (count > current * 2) return complain('not be greater than double')
  if (count < Math.floor(current / 2)) return complain('be at least half')
  return undefined
}
