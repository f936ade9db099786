import { describe, expect, test } from 'vitest'
import { systemTurn } from '../../../src/platform/turn.ts'
import {
  ConsumerClient,
  consumerHarness,
  describe as describeConsumers,
  settleGroup,
} from './consumer/support.ts'
import { describeShare, ShareClient } from './share/support.ts'
import { Harness } from './support.ts'

/** The first member that joins a group with more members than its heartbeat interval has ms. */
const FIRST_LIMITED = 22
const MEMBERS = 40

const shortHeartbeats = (kind: string) => ({
  [`group.${kind}.heartbeat.interval.ms`]: 20,
  [`group.${kind}.min.heartbeat.interval.ms`]: 1,
})

const ids = Array.from({ length: MEMBERS }, (_, index) => `m-${index}`)

describe('members of a large consumer group that join in one turn', () => {
  test('share one target assignment, which follows with a heartbeat of the next turn', async () => {
    const harness = consumerHarness(shortHeartbeats('consumer'))
    const clients = ids.map((id) => new ConsumerClient(harness, id))
    for (const client of clients) client.join()
    expect(describeConsumers(harness)).toMatchObject({
      groupState: 'Assigning',
      groupEpoch: MEMBERS + 1,
      assignmentEpoch: FIRST_LIMITED,
    })
    clients[0]!.heartbeat()
    expect(describeConsumers(harness)).toMatchObject({ assignmentEpoch: FIRST_LIMITED })
    await systemTurn.next()
    clients[0]!.heartbeat()
    expect(describeConsumers(harness)).toMatchObject({ assignmentEpoch: MEMBERS + 1 })
    settleGroup(harness, clients)
  })

  test('have one target assignment each with the intervals that Kafka allows', () => {
    const harness = consumerHarness()
    for (const id of ids) new ConsumerClient(harness, id).join()
    expect(describeConsumers(harness)).toMatchObject({ assignmentEpoch: MEMBERS + 1 })
  })
})

test('members that wait for their partitions send more heartbeats', async () => {
  const harness = consumerHarness(shortHeartbeats('consumer'))
  harness.addTopic('t', harness.topics.get('t')!.id, 200)
  const clients = ids.map((id) => new ConsumerClient(harness, id))
  for (const client of clients) client.join()
  await systemTurn.next()
  clients[0]!.heartbeat()
  settleGroup(harness, clients)
  expect(clients[0]!.heartbeat().heartbeatIntervalMs).toBe(MEMBERS)
  const late = new ConsumerClient(harness, 'late')
  expect(late.join().heartbeatIntervalMs).toBe(20)
})

test('members of a large share group that join in one turn share one target assignment', async () => {
  const harness = new Harness({
    configs: { 'group.share.assignment.interval.ms': 0, ...shortHeartbeats('share') },
  })
  const clients = ids.map((id) => new ShareClient(harness, id))
  for (const client of clients) client.join('t')
  const before = describeShare(harness)
  expect(before.assignmentEpoch).toBeLessThan(before.groupEpoch)
  await systemTurn.next()
  clients[0]!.heartbeat()
  const after = describeShare(harness)
  expect(after.assignmentEpoch).toBe(after.groupEpoch)
})
