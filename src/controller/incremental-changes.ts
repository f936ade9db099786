import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import { clientMetricsConfigDef } from './client-metrics-rules.ts'
import { AlterConfigOperation, ConfigResourceType } from '../protocol/config-resource.ts'
import { brokerConfigDef } from './config/broker-configs.ts'
import type { ConfigDef } from './config/config-def.ts'
import { parseList } from './config/config-value.ts'
import { topicConfigSynonyms } from './config/topic-synonyms.ts'
import { groupConfigDef } from './group-config-rules.ts'
import type { IncrementalConfigChange } from './incremental-config-change.ts'
import { topicConfigDef } from './topic-config.ts'

/** Returns a resource's configs after SET, DELETE, APPEND and SUBTRACT. */
export function appliedChanges(
  type: ConfigResourceType,
  before: ReadonlyMap<string, string>,
  changes: readonly IncrementalConfigChange[],
  broker: BrokerConfig,
): Map<string, string> | ApiError {
  const after = new Map(before)
  for (const { name, configOperation, value } of changes) {
    switch (configOperation) {
      case AlterConfigOperation.Set:
        after.set(name, value!)
        break
      case AlterConfigOperation.Delete:
        after.delete(name)
        break
      case AlterConfigOperation.Append:
      case AlterConfigOperation.Subtract: {
        const isAppend = configOperation === AlterConfigOperation.Append
        if (configDef(type, name)?.type !== 'LIST') return notAList(type, name, isAppend)
        const old = parseList(before.get(name) ?? unsetValue(type, name, broker))
        const given = value!.split(',').map((item) => item.trim())
        const items = isAppend
          ? [...old, ...given.filter((item) => !old.includes(item))]
          : old.filter((item) => !given.includes(item))
        after.set(name, items.join(','))
        break
      }
      default:
        return ApiError.of(ErrorCode.UnknownServerError)
    }
  }
  return after
}

/**
 * Returns the definition of a config of this type of resource; `undefined` if Kafka has no such
 * config.
 */
export function configDef(type: ConfigResourceType, name: string): ConfigDef | undefined {
  switch (type) {
    case ConfigResourceType.Topic:
      return topicConfigDef(name)
    case ConfigResourceType.Broker:
      return brokerConfigDef(name)
    case ConfigResourceType.Group:
      return groupConfigDef(name)
    case ConfigResourceType.ClientMetrics:
      return clientMetricsConfigDef(name)
    case ConfigResourceType.BrokerLogger:
    case ConfigResourceType.Unknown:
      return undefined
  }
}

/** Returns the initial value of a list that is not set: the broker's properties, or the default. */
function unsetValue(type: ConfigResourceType, name: string, broker: BrokerConfig): string {
  const brokerName = type === ConfigResourceType.Topic ? topicConfigSynonyms.get(name) : name
  const written = brokerName === undefined ? null : broker.writtenAtStart(brokerName)
  return written ?? configDef(type, name)?.default ?? ''
}

function notAList(type: ConfigResourceType, name: string, isAppend: boolean): ApiError {
  if (type !== ConfigResourceType.Broker)
    return new ApiError(
      ErrorCode.InvalidConfig,
      `Can't ${isAppend ? 'APPEND' : 'SUBTRACT'} to key ${name} because its type is not LIST.`,
    )
  return new ApiError(
    ErrorCode.InvalidConfig,
    brokerConfigDef(name) === undefined
      ? `Unknown config name: ${name}`
      : `Config value ${isAppend ? 'append' : 'subtract'} is not allowed for config key: ${name}`,
  )
}
