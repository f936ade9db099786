import { parseList } from './config/config-value.ts'
import { wrongAssignors } from './group-assignors.ts'

/** Returns the value of a broker config, as written. */
type ValueOf = (name: string) => string

/** A condition for the first config, compared with the second one. */
type Rule = readonly [name: string, relation: Relation, other: string]

const holds = {
  'greater than or equal to': (value: number, other: number) => value >= other,
  'less than or equal to': (value: number, other: number) => value <= other,
  'less than': (value: number, other: number) => value < other,
}

type Relation = keyof typeof holds

/** The rules of `GroupCoordinatorConfig.checkConstraints`, in its order. */
const streamsRules: readonly Rule[] = [
  [
    'group.streams.num.standby.replicas',
    'less than or equal to',
    'group.streams.max.standby.replicas',
  ],
  [
    'group.streams.task.offset.interval.ms',
    'greater than or equal to',
    'group.streams.min.task.offset.interval.ms',
  ],
  [
    'group.streams.num.warmup.replicas',
    'less than or equal to',
    'group.streams.max.warmup.replicas',
  ],
]

/** The rules of `ShareGroupConfig.validate`, in its order. */
const shareLimitRules: readonly Rule[] = [
  [
    'group.share.max.delivery.count.limit',
    'greater than or equal to',
    'group.share.delivery.count.limit',
  ],
  [
    'group.share.delivery.count.limit',
    'greater than or equal to',
    'group.share.min.delivery.count.limit',
  ],
  [
    'group.share.max.partition.max.record.locks',
    'greater than or equal to',
    'group.share.partition.max.record.locks',
  ],
  [
    'group.share.partition.max.record.locks',
    'greater than or equal to',
    'group.share.min.partition.max.record.locks',
  ],
  [
    'group.share.record.lock.duration.ms',
    'greater than or equal to',
    'group.share.min.record.lock.duration.ms',
  ],
  [
    'group.share.max.record.lock.duration.ms',
    'greater than or equal to',
    'group.share.record.lock.duration.ms',
  ],
  ['group.share.max.share.sessions', 'greater than or equal to', 'group.share.max.size'],
]

/**
 * Returns Kafka's error if a broker cannot start with its configs of groups, because two contradict
 * each other, or one names something that does not exist; `undefined` if it can. Each of them is
 * valid by its definition.
 */
export function wrongGroupConfigs(valueOf: ValueOf): string | undefined {
  return (
    wrongAssignors('consumer', valueOf('group.consumer.assignors')) ??
    unknownCodec(valueOf) ??
    wrongAssignors('share', valueOf('group.share.assignors')) ??
    wrongAssignors('streams', valueOf('group.streams.assignors')) ??
    firstBroken(timesOf('consumer'), valueOf) ??
    firstBroken(timesOf('share').slice(0, TIMES_BEFORE_ASSIGNORS), valueOf) ??
    severalShareAssignors(valueOf) ??
    firstBroken(timesOf('share').slice(TIMES_BEFORE_ASSIGNORS), valueOf) ??
    firstBroken(timesOf('streams'), valueOf) ??
    firstBroken(streamsRules, valueOf) ??
    repeatedTags(RACK_TAGS, valueOf(RACK_TAGS)) ??
    firstBroken(shareLimitRules, valueOf) ??
    withoutClassic(valueOf)
  )
}

/** The id of zstd. */
const MAX_CODEC_ID = 4

const RACK_TAGS = 'group.streams.rack.aware.assignment.tags'

/** How many rules Kafka checks before it counts the assignors of share groups. */
const TIMES_BEFORE_ASSIGNORS = 7

/** Returns the rules for heartbeats, sessions and assignments that all three kinds have. */
function timesOf(kind: 'consumer' | 'share' | 'streams'): readonly Rule[] {
  const bounded = (name: string): readonly Rule[] => {
    const [own, min, max] = ['', 'min.', 'max.'].map((bound) => `group.${kind}.${bound}${name}`)
    return [
      [max!, 'greater than or equal to', min!],
      [own!, 'greater than or equal to', min!],
      [own!, 'less than or equal to', max!],
    ]
  }
  return [
    ...bounded('heartbeat.interval.ms'),
    ...bounded('session.timeout.ms'),
    [`group.${kind}.heartbeat.interval.ms`, 'less than', `group.${kind}.session.timeout.ms`],
    ...bounded('assignment.interval.ms'),
  ]
}

function firstBroken(rules: readonly Rule[], valueOf: ValueOf): string | undefined {
  const broken = rules.find(
    ([name, relation, other]) => !holds[relation](Number(valueOf(name)), Number(valueOf(other))),
  )
  return broken && `${broken[0]} must be ${broken[1]} ${broken[2]}`
}

function unknownCodec(valueOf: ValueOf): string | undefined {
  const id = Number(valueOf('offsets.topic.compression.codec'))
  return id >= 0 && id <= MAX_CODEC_ID ? undefined : `Unknown compression type id: ${id}`
}

function severalShareAssignors(valueOf: ValueOf): string | undefined {
  const name = 'group.share.assignors'
  const count = new Set(parseList(valueOf(name))).size
  return count === 1 ? undefined : `${name} must contain exactly one assignor, but found ${count}`
}

function withoutClassic(valueOf: ValueOf): string | undefined {
  const protocols = parseList(valueOf('group.coordinator.rebalance.protocols'))
  return protocols.includes('classic')
    ? undefined
    : "Disabling the 'classic' protocol is not supported."
}

/** Returns the error if a list of client tags has one twice. */
export function repeatedTags(name: string, written: string): string | undefined {
  const tags = parseList(written)
  return new Set(tags).size === tags.length
    ? undefined
    : `${name} must not contain duplicate tag keys.`
}
