import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { numbered, uniqueName } from './suite/scene.ts'
import type { Broker } from './support/broker.ts'
import { startBroker } from './support/broker.ts'
import type { ConsumedRecord } from './support/client.ts'
import type { DriverClient } from './support/driver-client.ts'
import { connectDriver } from './support/driver-client.ts'
import { Fixture } from './support/fixture.ts'

const tool = inject('tools').go

/**
 * Go clients change their connection more often than others, and must stay members of their group.
 */
describe.skipIf(tool.missing !== undefined)(`Go group members ${tool.missing ?? ''}`, () => {
  let broker: Broker
  let fixture: Fixture
  const clients: DriverClient[] = []

  beforeAll(async () => {
    broker = await startBroker()
    fixture = new Fixture(broker.bootstrapServers)
    await fixture.connect()
  })

  afterAll(async () => {
    for (const client of clients) await client.close()
    await fixture?.close()
    await broker?.stop()
  })

  function connect(program: string): DriverClient {
    if (tool.missing !== undefined) throw new Error(tool.missing)
    const client = connectDriver(`${tool.directory}/${program}`, [broker.bootstrapServers])
    clients.push(client)
    return client
  }

  test('kafka-go Readers, which open a connection for each generation, do not evict each other', async () => {
    const client = connect('kafka-go')
    const [topic, group] = [uniqueName('readers'), uniqueName('group')]
    await fixture.createTopic(topic, 6)
    const members = [await client.joinGroup(group, topic), await client.joinGroup(group, topic)]
    await Promise.all(members.map((member) => member.waitForPartitions(3)))
    const memberIds = await fixture.memberIds(group)
    expect(memberIds).toHaveLength(2)

    // Each round has two more generations.
    for (const round of [1, 2, 3]) {
      const third = await client.joinGroup(group, topic)
      await Promise.all([...members, third].map((member) => member.waitForPartitions(2)))
      await third.leave()
      const held = await Promise.all(members.map((member) => member.waitForPartitions(3)))
      const values = await fixture.produceToEach(topic, 6, `round-${round}`)
      for (const [index, member] of members.entries()) {
        await member.waitForValues(held[index]!.map((partition) => values[partition]!))
      }
      expect(await fixture.memberIds(group)).toEqual(memberIds)
    }
    for (const member of members) await member.leave()
  })

  test('franz-go members that leave with a heartbeat in flight commit in their revoke callback', async () => {
    // Later versions keep the connection open.
    const client = connect('franz-go-1.22.1')
    const [topic, group] = [uniqueName('revoked'), uniqueName('group')]
    const rounds = 4
    await fixture.createTopic(topic)
    await client.produce({ topic, records: numbered(rounds) })
    const offsets: number[] = []
    for (let round = 0; round < rounds; round++) {
      const records = (await client.call('consumeAndCommitOnRevoke', {
        group,
        topic,
        count: 1,
      })) as ConsumedRecord[]
      offsets.push(...records.map(({ offset }) => offset))
      expect(await client.committedOffsets({ group, topic })).toEqual({ 0: round + 1 })
    }
    expect(offsets).toEqual(numbered(rounds).map((_, index) => index))
  })
})
