import { describe, expect, test } from 'vitest'
import { validateBrokerProperties } from '../../src/controller/broker-config.ts'
import { testPresets } from '../../src/cluster/test-presets.ts'

describe('the presets of profile test keep within the bounds that are configured', () => {
  const kinds = ['consumer', 'share', 'streams']

  test.each(kinds)('heartbeats and assignments of %s groups', (kind) => {
    const interval = (name: string, configs: Record<string, string>): string => {
      const own = Object.entries(configs).map(([key, value]) => [`group.${kind}.${key}`, value])
      return testPresets(Object.fromEntries(own))[`group.${kind}.${name}.interval.ms`]!
    }
    expect(interval('heartbeat', {})).toBe('20')
    expect(interval('heartbeat', { 'min.heartbeat.interval.ms': '3000' })).toBe('3000')
    expect(interval('heartbeat', { 'max.heartbeat.interval.ms': '5' })).toBe('5')
    expect(interval('heartbeat', { 'session.timeout.ms': '10' })).toBe('9')
    expect(interval('heartbeat', { 'min.heartbeat.interval.ms': 'soon' })).toBe('20')
    expect(interval('assignment', {})).toBe('0')
    expect(interval('assignment', { 'min.assignment.interval.ms': '500' })).toBe('500')
  })

  test.each(kinds)('a single config of %s groups that Kafka accepts is accepted', (kind) => {
    const single: readonly (readonly [name: string, value: string])[] = [
      ['heartbeat.interval.ms', '5000'],
      ['min.heartbeat.interval.ms', '1'],
      ['min.heartbeat.interval.ms', '5000'],
      ['max.heartbeat.interval.ms', '5000'],
      ['session.timeout.ms', '60000'],
      ['min.session.timeout.ms', '1'],
      ['max.session.timeout.ms', '45000'],
      ['assignment.interval.ms', '15000'],
      ['min.assignment.interval.ms', '1000'],
      ['max.assignment.interval.ms', '1000'],
    ]
    for (const [name, value] of single) {
      const configs = { [`group.${kind}.${name}`]: value }
      expect(validateBrokerProperties({ ...testPresets(configs), ...configs })).toEqual([])
    }
  })
})
