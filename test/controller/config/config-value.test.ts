import { describe, expect, it } from 'vitest'
import { brokerConfigDef } from '../../../src/controller/config/broker-configs.ts'
import type { ConfigDef } from '../../../src/controller/config/config-def.ts'
import { parseConfig, writeDouble } from '../../../src/controller/config/config-value.ts'
import { groupConfigDef } from '../../../src/controller/group-config-rules.ts'
import { topicConfigDef } from '../../../src/controller/topic-config.ts'

function parse(name: string, written: string) {
  const def: ConfigDef = topicConfigDef(name) ?? groupConfigDef(name) ?? brokerConfigDef(name)!
  return parseConfig(name, def, written)
}

describe('a config value that Kafka accepts', () => {
  it.each([
    ['retention.ms', ' 5 ', 5, '5'],
    ['retention.ms', '+5', 5, '5'],
    ['retention.ms', '9223372036854775807', Infinity, '9223372036854775807'],
    ['preallocate', ' TRUE ', true, 'true'],
    ['cleanup.policy', '', [], ''],
    ['cleanup.policy', ' compact , delete ', ['compact', 'delete'], 'compact,delete'],
    ['compression.gzip.level', '-1', -1, '-1'],
    ['min.cleanable.dirty.ratio', '0', 0, '0.0'],
    ['min.cleanable.dirty.ratio', '1f', 1, '1.0'],
    ['min.cleanable.dirty.ratio', '3E-5', 3e-5, '3.0E-5'],
    ['leader.replication.throttled.replicas', '*', ['*'], '*'],
    ['leader.replication.throttled.replicas', '0:1,1:2', ['0:1', '1:2'], '0:1,1:2'],
    ['group.consumer.migration.policy', 'Upgrade', 'Upgrade', 'Upgrade'],
    ['controller.quorum.voters', '1@h:1', ['1@h:1'], '1@h:1'],
    ['controller.quorum.voters', '1@[::1]:0', ['1@[::1]:0'], '1@[::1]:0'],
    ['controller.quorum.bootstrap.servers', '[::1]:9', ['[::1]:9'], '[::1]:9'],
    ['share.auto.offset.reset', 'by_duration:PT1S', 'by_duration:PT1S', 'by_duration:PT1S'],
  ])('%s=%j', (name, written, value, text) => {
    expect(parse(name, written)).toEqual({ value, text })
  })
})

describe('a config value that Kafka refuses, with its message', () => {
  it.each([
    ['retention.ms', 'abc', 'Not a number of type LONG'],
    ['retention.ms', '1e3', 'Not a number of type LONG'],
    ['retention.ms', '99999999999999999999', 'Not a number of type LONG'],
    ['retention.ms', '-5', 'Value must be at least -1'],
    ['segment.bytes', '2147483648', 'Not a number of type INT'],
    ['offsets.topic.replication.factor', '100000', 'Not a number of type SHORT'],
    ['max.decompressed.message.bytes', '2147483647', 'Value must be no more than 2147483639'],
    ['preallocate', 'yes', 'Expected value to be either true or false'],
    [
      'compression.type',
      'GZIP',
      'String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer',
    ],
    ['compression.gzip.level', '0', 'Value must be between 1 and 9 or equal to -1'],
    ['cleanup.policy', 'none', 'String must be one of: compact, delete'],
    ['remote.log.storage.manager.impl.prefix', '', 'String must be non-empty'],
    ['principal.builder.class', 'a', 'Class a could not be found.'],
    [
      'sasl.oauthbearer.assertion.algorithm',
      'a',
      'String must be one of (case insensitive): ES256, RS256',
    ],
  ])('%s=%j', (name, written, reason) => {
    const invalid = `Invalid value ${written} for configuration ${name}: ${reason}`
    expect(parse(name, written)).toEqual({ invalid })
  })

  it.each([
    [
      'min.cleanable.dirty.ratio',
      '5',
      'Invalid value 5.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1',
    ],
    [
      'cleanup.policy',
      'delete,delete',
      "Configuration 'cleanup.policy' values must not be duplicated.",
    ],
    ['cleanup.policy', 'delete,', "Configuration 'cleanup.policy' values must not be empty."],
    [
      'process.roles',
      '',
      "Configuration 'process.roles' must not be empty. Valid values include: [broker, controller]",
    ],
    [
      'log.dirs',
      '',
      "Configuration 'log.dirs' must not be empty. Valid values include: any non-empty value",
    ],
    ['controller.quorum.voters', 'a@h:1', 'Failed to parse voter ID as an integer from a'],
    [
      'controller.quorum.voters',
      '1@h',
      'Failed to parse host name from entry 1@h for the configuration controller.quorum.voters. Each entry should be in the form `{id}@{host}:{port}`.',
    ],
    [
      'controller.quorum.voters',
      'a',
      'Invalid configuration value for controller.quorum.voters. Each entry should be in the form `{id}@{host}:{port}`.',
    ],
  ])('%s=%j', (name, written, invalid) => {
    expect(parse(name, written)).toEqual({ invalid })
  })
})

it('doubles are written as Java writes them', () => {
  expect([0.5, 5, 1000, 1e7, 1e20, 12345678.9, 3e-5, 0.001, -1, 0].map(writeDouble)).toEqual([
    '0.5',
    '5.0',
    '1000.0',
    '1.0E7',
    '1.0E20',
    '1.23456789E7',
    '3.0E-5',
    '0.001',
    '-1.0',
    '0.0',
  ])
  expect(writeDouble(Number.MAX_VALUE)).toBe('1.7976931348623157E308')
})
