import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import { repeatedTags } from './broker-group-rules.ts'
import type { BrokerConfigName } from './config/broker-configs.ts'
import type { ConfigDef } from './config/config-def.ts'
import { parseConfig } from './config/config-value.ts'
import { groupConfigs } from './config/group-configs.ts'
import { assignorNames } from './group-assignors.ts'

export type GroupConfigName = keyof typeof groupConfigs

/** The broker configs that are the lower and upper bounds of a group config. */
type Bounds = readonly [min: BrokerConfigName | null, max: BrokerConfigName | null]

const bounds: Partial<Record<GroupConfigName, Bounds>> = {
  ...boundsOf('consumer'),
  ...boundsOf('share'),
  ...boundsOf('streams'),
  'share.delivery.count.limit': [
    'group.share.min.delivery.count.limit',
    'group.share.max.delivery.count.limit',
  ],
  'share.partition.max.record.locks': [
    'group.share.min.partition.max.record.locks',
    'group.share.max.partition.max.record.locks',
  ],
  'share.record.lock.duration.ms': [
    'group.share.min.record.lock.duration.ms',
    'group.share.max.record.lock.duration.ms',
  ],
  'streams.num.standby.replicas': [null, 'group.streams.max.standby.replicas'],
  'streams.num.warmup.replicas': [null, 'group.streams.max.warmup.replicas'],
  'streams.task.offset.interval.ms': ['group.streams.min.task.offset.interval.ms', null],
}

/** Returns the names of the broker configs that bound group configs. */
export function groupConfigBoundNames(): readonly BrokerConfigName[] {
  return Object.values(bounds).flatMap((names) => names.filter((name) => name !== null))
}

/** Returns the definition of a group config; `undefined` if Kafka has no such config. */
export function groupConfigDef(name: string): ConfigDef | undefined {
  return Object.hasOwn(groupConfigs, name) ? groupConfigs[name as GroupConfigName] : undefined
}

/** Returns the lower and the upper bound that the broker has for a group config. */
export function groupConfigBounds(
  name: GroupConfigName,
  broker: BrokerConfig,
): { readonly min: number; readonly max: number } {
  const [minName, maxName] = bounds[name] ?? [null, null]
  return {
    min: minName === null ? -Infinity : Number(broker.written(minName)),
    max: maxName === null ? Infinity : Number(broker.written(maxName)),
  }
}

/** Returns the error if a group cannot have these configs (Kafka's `GroupConfig.validate`). */
export function validateGroupConfigs(
  configs: ReadonlyMap<string, string>,
  broker: BrokerConfig,
): ApiError | undefined {
  const complaint = complaintAbout(configs, broker)
  return complaint === undefined ? undefined : new ApiError(ErrorCode.InvalidConfig, complaint)
}

function complaintAbout(
  configs: ReadonlyMap<string, string>,
  broker: BrokerConfig,
): string | undefined {
  for (const name of configs.keys()) {
    if (groupConfigDef(name) === undefined) return `Unknown group config name: ${name}`
  }
  for (const [name, written] of configs) {
    const parsed = parseConfig(name, groupConfigDef(name)!, written)
    if ('invalid' in parsed) return parsed.invalid
    const outside = outOfBounds(name as GroupConfigName, parsed.value as number, broker)
    if (outside !== undefined) return outside
    if (name === 'streams.assignor.name') {
      const assignors = assignorNames('streams', broker)
      if (!assignors.includes(parsed.text))
        return `${name} '${parsed.text}' is not a registered task assignor. Registered assignors are: [${assignors.join(', ')}].`
    }
    if (name === 'streams.rack.aware.assignment.tags') {
      const repeated = repeatedTags(name, written)
      if (repeated !== undefined) return repeated
    }
  }
  return (
    shortSession('consumer', configs, broker) ??
    shortSession('share', configs, broker) ??
    shortSession('streams', configs, broker) ??
    reservedTopic(configs)
  )
}

/** Complains about a session that ends before the next heartbeat. */
function shortSession(
  type: 'consumer' | 'share' | 'streams',
  configs: ReadonlyMap<string, string>,
  broker: BrokerConfig,
): string | undefined {
  const session = `${type}.session.timeout.ms` as const
  const heartbeat = `${type}.heartbeat.interval.ms` as const
  if (!configs.has(session) && !configs.has(heartbeat)) return undefined
  const sessionMs = Number(configs.get(session) ?? broker.written(`group.${session}`))
  const heartbeatMs = Number(configs.get(heartbeat) ?? broker.written(`group.${heartbeat}`))
  return sessionMs <= heartbeatMs ? `${session} must be greater than ${heartbeat}` : undefined
}

function reservedTopic(configs: ReadonlyMap<string, string>): string | undefined {
  const name = 'errors.deadletterqueue.topic.name'
  const isReserved = configs.get(name)?.startsWith('__') ?? false
  return isReserved ? `${name}: DLQ topic name must not start with '__'` : undefined
}

function outOfBounds(
  name: GroupConfigName,
  value: number,
  broker: BrokerConfig,
): string | undefined {
  if (bounds[name] === undefined) return undefined
  const { min, max } = groupConfigBounds(name, broker)
  if (value >= min && value <= max) return undefined
  if (min === -Infinity) return `${name} must be less than or equal to ${max}`
  if (max === Infinity) return `${name} must be greater than or equal to ${min}`
  return `${name} must be in the range ${min} to ${max} inclusive.`
}

/** Returns the bounds that all three kinds of groups have. */
function boundsOf<T extends 'consumer' | 'share' | 'streams'>(type: T) {
  const between = <N extends string>(name: N) =>
    [`group.${type}.min.${name}`, `group.${type}.max.${name}`] as const
  return {
    [`${type}.session.timeout.ms`]: between('session.timeout.ms'),
    [`${type}.heartbeat.interval.ms`]: between('heartbeat.interval.ms'),
    [`${type}.assignment.interval.ms`]: between('assignment.interval.ms'),
  }
}
