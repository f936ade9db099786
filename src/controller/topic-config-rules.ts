import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import { parseConfig, validateConfig } from './config/config-value.ts'
import { inheritedTopicConfig, topicConfigDef } from './topic-config.ts'
import type { TopicConfigName } from './topic-config.ts'

/**
 * Returns the error if a topic cannot have these configs (Kafka's
 * `ControllerConfigurationValidator` and `LogConfig.validate`).
 */
export function validateTopicConfigs(
  configs: ReadonlyMap<string, string | null>,
  broker: BrokerConfig,
): ApiError | undefined {
  const complaint = complaintAbout(configs, broker)
  return complaint === undefined ? undefined : new ApiError(ErrorCode.InvalidConfig, complaint)
}

function complaintAbout(
  configs: ReadonlyMap<string, string | null>,
  broker: BrokerConfig,
): string | undefined {
  const unset = [...configs.keys()].filter((name) => configs.get(name) === null)
  if (unset.length > 0) return `Null value not supported for topic configs: ${unset.join(',')}`
  const values = configs as ReadonlyMap<string, string>
  for (const name of values.keys()) {
    if (topicConfigDef(name) === undefined) return `Unknown topic config name: ${name}`
  }
  for (const [name, written] of values) {
    const invalid = validateConfig(name, topicConfigDef(name)!, written)
    if (invalid !== undefined) return invalid
  }
  return conflict(values, broker)
}

/** Returns the error for configs that are valid individually but not together. */
function conflict(configs: ReadonlyMap<string, string>, broker: BrokerConfig): string | undefined {
  const lagMs = (name: TopicConfigName): number => {
    const written = configs.get(name) ?? inheritedTopicConfig(name, broker)!
    const parsed = parseConfig(name, topicConfigDef(name)!, written)
    return 'invalid' in parsed ? 0 : (parsed.value as number)
  }
  const minMs = lagMs('min.compaction.lag.ms')
  const maxMs = lagMs('max.compaction.lag.ms')
  if (minMs > maxMs)
    return `conflict topic config setting min.compaction.lag.ms (${minMs}) > max.compaction.lag.ms (${maxMs})`
  const wantsRemote = configs.get('remote.storage.enable')?.trim().toLowerCase() === 'true'
  if (wantsRemote && !broker.boolean('remote.log.storage.system.enable'))
    return 'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.'
  return undefined
}
