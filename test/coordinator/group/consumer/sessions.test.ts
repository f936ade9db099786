import { expect, test } from 'vitest'
import {
  RECONNECT_GRACE_MS,
  UNANSWERED_GRACE_MS,
} from '../../../../src/coordinator/group/member-session.ts'
import { ConfigResourceType } from '../../../../src/protocol/config-resource.ts'
import { FakeConnection, GROUP } from '../support.ts'
import type { Harness } from '../support.ts'
import { ConsumerClient, consumerHarness, describeMember, ofT, stableGroup } from './support.ts'

function setGroupConfig(harness: Harness, config: string, value: string): void {
  harness.image.setConfig({ type: ConfigResourceType.Group, name: GROUP }, config, value)
}

test('in profile test a member without a connection leaves after the grace', async () => {
  const harness = consumerHarness({}, 'test')
  const [a, b] = stableGroup(harness, ['a', 'b'])
  b!.connection.close()
  await harness.clock.advance(RECONNECT_GRACE_MS - 1)
  expect(describeMember(harness, 'b')).toBeDefined()
  await harness.clock.advance(1)
  expect(describeMember(harness, 'b')).toBeUndefined()
  a!.heartbeat()
  expect(a!.owned).toEqual(ofT(0, 1))
})

test('a member whose client closes its connection has the time that librdkafka needs for another one', async () => {
  const harness = consumerHarness({}, 'test')
  const [a, b] = stableGroup(harness, ['a', 'b'])
  a!.connection.end()
  b!.connection.end()
  // It waits up to 150 ms, and then sends ApiVersions and FindCoordinator.
  await harness.clock.advance(UNANSWERED_GRACE_MS - 1)
  const again = new ConsumerClient(harness, 'a')
  again.memberEpoch = a!.memberEpoch
  again.heartbeat()
  await harness.clock.advance(RECONNECT_GRACE_MS)
  expect(describeMember(harness, 'a')).toBeDefined()
  expect(describeMember(harness, 'b')).toBeUndefined()
})

test('a member that returns over another connection stays', async () => {
  const harness = consumerHarness({}, 'test')
  const [a] = stableGroup(harness, ['a'])
  a!.connection.close()
  await harness.clock.advance(RECONNECT_GRACE_MS - 1)
  const again = new ConsumerClient(harness, 'a')
  again.memberEpoch = a!.memberEpoch
  again.heartbeat()
  await harness.clock.advance(RECONNECT_GRACE_MS)
  expect(describeMember(harness, 'a')).toBeDefined()
})

test('a member that has just joined leaves with its connection, too', async () => {
  const harness = consumerHarness({}, 'test')
  const a = new ConsumerClient(harness, 'a')
  a.join()
  a.connection.close()
  await harness.clock.advance(RECONNECT_GRACE_MS)
  expect(describeMember(harness, 'a')).toBeUndefined()
})

test('a static member stays without a connection', async () => {
  const harness = consumerHarness({}, 'test')
  const fixed = new ConsumerClient(harness, 's', 'i')
  fixed.join()
  fixed.connection.close()
  await harness.clock.advance(RECONNECT_GRACE_MS)
  expect(describeMember(harness, 's')).toBeDefined()
})

test('in profile faithful a member stays without a connection', async () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  a!.connection.close()
  await harness.clock.advance(RECONNECT_GRACE_MS)
  expect(describeMember(harness, 'a')).toBeDefined()
  expect(a!.connection).toBeInstanceOf(FakeConnection)
})

test('a group has its own session timeout and heartbeat interval', async () => {
  const harness = consumerHarness()
  setGroupConfig(harness, 'consumer.session.timeout.ms', '50000')
  setGroupConfig(harness, 'consumer.heartbeat.interval.ms', '10000')
  const a = new ConsumerClient(harness, 'a')
  expect(a.join()).toMatchObject({ heartbeatIntervalMs: 10_000 })
  await harness.clock.advance(49_999)
  expect(describeMember(harness, 'a')).toBeDefined()
  await harness.clock.advance(1)
  expect(describeMember(harness, 'a')).toBeUndefined()
})

test('a changed config takes effect with the next heartbeat', async () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  setGroupConfig(harness, 'consumer.session.timeout.ms', '60000')
  setGroupConfig(harness, 'consumer.heartbeat.interval.ms', '6000')
  expect(a!.heartbeat()).toMatchObject({ heartbeatIntervalMs: 6000 })
  await harness.clock.advance(59_999)
  expect(describeMember(harness, 'a')).toBeDefined()
})

test('a config of a group outside the bounds of the broker counts as the bound', () => {
  const harness = consumerHarness()
  const a = new ConsumerClient(harness, 'a')
  setGroupConfig(harness, 'consumer.heartbeat.interval.ms', '1')
  expect(a.join()).toMatchObject({ heartbeatIntervalMs: 5000 })
  setGroupConfig(harness, 'consumer.heartbeat.interval.ms', '60000')
  expect(a.heartbeat()).toMatchObject({ heartbeatIntervalMs: 15_000 })
})
