import { describe, expect, test } from 'vitest'
import { BrokerConfig, validateBrokerProperties } from '../../src/controller/broker-config.ts'

/** Properties, and the message with which Kafka 4.4 refuses to start with them. */
const refused: readonly (readonly [properties: string, message: string])[] = [
  [
    'group.consumer.assignors=uniform,org.apache.kafka.coordinator.group.assignor.UniformAssignor',
    "Invalid value org.apache.kafka.coordinator.group.assignor.UniformAssignor for configuration group.consumer.assignors: Assignor name 'uniform' is already registered by another configured assignor. Assignor names, whether built-in or custom, must be unique",
  ],
  [
    'group.consumer.assignors=org.apache.kafka.coordinator.group.assignor.SimpleAssignor',
    'Invalid value org.apache.kafka.coordinator.group.assignor.SimpleAssignor for configuration group.consumer.assignors: Class is not an instance of org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor',
  ],
  [
    'group.share.assignors=simple,org.apache.kafka.coordinator.group.assignor.SimpleAssignor',
    'group.share.assignors must contain exactly one assignor, but found 2',
  ],
  [
    'group.share.assignors=range',
    'Invalid value range for configuration group.share.assignors: Class cannot be found',
  ],
  [
    'group.streams.assignors=sticky,org.apache.kafka.coordinator.group.streams.assignor.StickyTaskAssignor',
    "Invalid value org.apache.kafka.coordinator.group.streams.assignor.StickyTaskAssignor for configuration group.streams.assignors: Assignor name 'sticky' is already registered by another configured assignor. Assignor names, whether built-in or custom, must be unique",
  ],
  [
    'group.consumer.heartbeat.interval.ms=1',
    'group.consumer.heartbeat.interval.ms must be greater than or equal to group.consumer.min.heartbeat.interval.ms',
  ],
  [
    'group.share.max.share.sessions=1',
    'group.share.max.share.sessions must be greater than or equal to group.share.max.size',
  ],
  [
    'group.coordinator.rebalance.protocols=consumer;log.cleaner.dedupe.buffer.size=100',
    "Disabling the 'classic' protocol is not supported.",
  ],
  [
    'group.streams.assignors=foo;group.share.assignors=foo',
    'Invalid value foo for configuration group.share.assignors: Class cannot be found',
  ],
  [
    'group.streams.rack.aware.assignment.tags=a,a',
    'group.streams.rack.aware.assignment.tags must not contain duplicate tag keys.',
  ],
  [
    'group.consumer.assignment.interval.ms=15001',
    'group.consumer.assignment.interval.ms must be less than or equal to group.consumer.max.assignment.interval.ms',
  ],
  [
    'group.consumer.heartbeat.interval.ms=15001',
    'group.consumer.heartbeat.interval.ms must be less than or equal to group.consumer.max.heartbeat.interval.ms',
  ],
  [
    'group.consumer.max.heartbeat.interval.ms=1',
    'group.consumer.max.heartbeat.interval.ms must be greater than or equal to group.consumer.min.heartbeat.interval.ms',
  ],
  [
    'group.consumer.max.session.timeout.ms=1',
    'group.consumer.max.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms',
  ],
  [
    'group.consumer.min.assignment.interval.ms=1001',
    'group.consumer.assignment.interval.ms must be greater than or equal to group.consumer.min.assignment.interval.ms',
  ],
  [
    'group.consumer.min.assignment.interval.ms=15001',
    'group.consumer.max.assignment.interval.ms must be greater than or equal to group.consumer.min.assignment.interval.ms',
  ],
  [
    'group.consumer.session.timeout.ms=1',
    'group.consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms',
  ],
  [
    'group.consumer.session.timeout.ms=60001',
    'group.consumer.session.timeout.ms must be less than or equal to group.consumer.max.session.timeout.ms',
  ],
  ['offsets.topic.compression.codec=5', 'Unknown compression type id: 5'],
  [
    'group.share.assignment.interval.ms=15001',
    'group.share.assignment.interval.ms must be less than or equal to group.share.max.assignment.interval.ms',
  ],
  [
    'group.share.heartbeat.interval.ms=1',
    'group.share.heartbeat.interval.ms must be greater than or equal to group.share.min.heartbeat.interval.ms',
  ],
  [
    'group.share.heartbeat.interval.ms=15001',
    'group.share.heartbeat.interval.ms must be less than or equal to group.share.max.heartbeat.interval.ms',
  ],
  [
    'group.share.max.heartbeat.interval.ms=1',
    'group.share.max.heartbeat.interval.ms must be greater than or equal to group.share.min.heartbeat.interval.ms',
  ],
  [
    'group.share.max.session.timeout.ms=1',
    'group.share.max.session.timeout.ms must be greater than or equal to group.share.min.session.timeout.ms',
  ],
  [
    'group.share.min.assignment.interval.ms=1001',
    'group.share.assignment.interval.ms must be greater than or equal to group.share.min.assignment.interval.ms',
  ],
  [
    'group.share.min.assignment.interval.ms=15001',
    'group.share.max.assignment.interval.ms must be greater than or equal to group.share.min.assignment.interval.ms',
  ],
  [
    'group.share.session.timeout.ms=1',
    'group.share.session.timeout.ms must be greater than or equal to group.share.min.session.timeout.ms',
  ],
  [
    'group.share.partition.max.record.locks=4999',
    'group.share.max.partition.max.record.locks must be greater than or equal to group.share.partition.max.record.locks',
  ],
  [
    'group.share.record.lock.duration.ms=1000',
    'group.share.record.lock.duration.ms must be greater than or equal to group.share.min.record.lock.duration.ms',
  ],
  [
    'group.share.record.lock.duration.ms=60001',
    'group.share.max.record.lock.duration.ms must be greater than or equal to group.share.record.lock.duration.ms',
  ],
  [
    'group.share.session.timeout.ms=60001',
    'group.share.session.timeout.ms must be less than or equal to group.share.max.session.timeout.ms',
  ],
  [
    'group.streams.assignment.interval.ms=15001',
    'group.streams.assignment.interval.ms must be less than or equal to group.streams.max.assignment.interval.ms',
  ],
  [
    'group.streams.heartbeat.interval.ms=1',
    'group.streams.heartbeat.interval.ms must be greater than or equal to group.streams.min.heartbeat.interval.ms',
  ],
  [
    'group.streams.heartbeat.interval.ms=15001',
    'group.streams.heartbeat.interval.ms must be less than or equal to group.streams.max.heartbeat.interval.ms',
  ],
  [
    'group.streams.max.heartbeat.interval.ms=1',
    'group.streams.max.heartbeat.interval.ms must be greater than or equal to group.streams.min.heartbeat.interval.ms',
  ],
  [
    'group.streams.max.session.timeout.ms=1',
    'group.streams.max.session.timeout.ms must be greater than or equal to group.streams.min.session.timeout.ms',
  ],
  [
    'group.streams.max.warmup.replicas=0',
    'group.streams.num.warmup.replicas must be less than or equal to group.streams.max.warmup.replicas',
  ],
  [
    'group.streams.min.assignment.interval.ms=1001',
    'group.streams.assignment.interval.ms must be greater than or equal to group.streams.min.assignment.interval.ms',
  ],
  [
    'group.streams.min.assignment.interval.ms=15001',
    'group.streams.max.assignment.interval.ms must be greater than or equal to group.streams.min.assignment.interval.ms',
  ],
  [
    'group.streams.session.timeout.ms=1',
    'group.streams.session.timeout.ms must be greater than or equal to group.streams.min.session.timeout.ms',
  ],
  [
    'group.streams.task.offset.interval.ms=1',
    'group.streams.task.offset.interval.ms must be greater than or equal to group.streams.min.task.offset.interval.ms',
  ],
  [
    'group.streams.num.standby.replicas=3',
    'group.streams.num.standby.replicas must be less than or equal to group.streams.max.standby.replicas',
  ],
  [
    'group.streams.session.timeout.ms=60001',
    'group.streams.session.timeout.ms must be less than or equal to group.streams.max.session.timeout.ms',
  ],
  [
    'group.streams.session.timeout.ms=1999;group.streams.min.session.timeout.ms=500;group.streams.max.size=5;group.streams.heartbeat.interval.ms=14999',
    'group.streams.heartbeat.interval.ms must be less than group.streams.session.timeout.ms',
  ],
]

describe('broker configs of groups', () => {
  test.each(refused)("%s is refused with Kafka's message", (written, message) => {
    expect(validateBrokerProperties(parse(written))).toEqual([message])
  })

  test.each([
    'group.consumer.assignors=org.apache.kafka.coordinator.group.assignor.RangeAssignor',
    'group.share.assignors=org.apache.kafka.coordinator.group.assignor.SimpleAssignor',
    'group.streams.assignors=org.apache.kafka.coordinator.group.streams.assignor.StickyTaskAssignor',
    'group.consumer.assignors=com.example.Assignor,uniform',
    'group.min.session.timeout.ms=5000000',
    'group.consumer.min.heartbeat.interval.ms=15000;group.consumer.heartbeat.interval.ms=15000',
  ])('%s is accepted', (written) => {
    expect(validateBrokerProperties(parse(written))).toEqual([])
  })

  test('a list with duplicates counts as one without', () => {
    const properties = { 'group.consumer.assignors': 'range,uniform, range' }
    expect(validateBrokerProperties(properties)).toEqual([])
    const config = new BrokerConfig(properties)
    expect(config.list('group.consumer.assignors')).toEqual(['range', 'uniform'])
  })
})

function parse(written: string): Record<string, string> {
  return Object.fromEntries(
    written.split(';').map((property) => property.split('=') as [string, string]),
  )
}
