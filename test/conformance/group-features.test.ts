import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { uniqueName } from './suite/scene.ts'
import type { Broker } from './support/broker.ts'
import { startBroker } from './support/broker.ts'
import type { ConnectedClient, GroupMember } from './support/client.ts'
import {
  confluentClient,
  franzGoClient,
  kafkaClientsClient,
  kafkaPythonClient,
  platformaticClient,
  saramaClient,
} from './support/drivers.ts'
import type { ProgramClient } from './support/drivers.ts'
import { Fixture } from './support/fixture.ts'

const { go, kafkaClients, node24, python } = inject('tools')

/** Cooperative rebalances (KIP-429) and static members (KIP-345), which not all clients have. */
type Feature = 'cooperative' | 'static' | 'static, consumer protocol'

const clients: readonly [ProgramClient, readonly Feature[]][] = [
  [confluentClient(python), ['cooperative', 'static', 'static, consumer protocol']],
  // Its static members of the consumer protocol wait for the session timeout, on Kafka too.
  [franzGoClient(go), ['cooperative', 'static']],
  [kafkaClientsClient('2.4.1', kafkaClients), ['cooperative']],
  [
    kafkaClientsClient('4.4.0', kafkaClients),
    ['cooperative', 'static', 'static, consumer protocol'],
  ],
  [saramaClient(go), ['static']],
  [kafkaPythonClient(python), ['static']],
  [platformaticClient(node24), ['cooperative']],
]

const consumerProtocol = { GROUP_PROTOCOL: 'consumer' }

/**
 * Sessions of static members, which outlast their restart, also on a busy machine. librdkafka
 * allows at most `max.poll.interval.ms`.
 */
const sessionTimeoutMs = 300_000
const config = {
  'group.consumer.max.session.timeout.ms': sessionTimeoutMs,
  'group.consumer.session.timeout.ms': sessionTimeoutMs,
}

for (const [client, features] of clients) {
  const { name, missing } = client
  const title = missing === undefined ? name : `${name} (skipped: ${missing})`
  describe.skipIf(missing !== undefined)(`groups of ${title}`, () => {
    const connected: ConnectedClient[] = []
    let broker: Broker
    let fixture: Fixture

    beforeAll(async () => {
      broker = await startBroker({ config })
      fixture = new Fixture(broker.bootstrapServers)
      await fixture.connect()
    })

    afterAll(async () => {
      for (const each of connected) await each.close()
      await fixture?.close()
      await broker?.stop()
    })

    async function connect(env: Readonly<Record<string, string>>): Promise<ConnectedClient> {
      const each = await client.connect(broker, env)
      connected.push(each)
      return each
    }

    async function newTopic(): Promise<{ topic: string; group: string }> {
      const topic = uniqueName('topic')
      await fixture.createTopic(topic, 4)
      return { topic, group: uniqueName('group') }
    }

    /** Restarts both static members: one of them leads the classic group (KIP-814). */
    async function restartStaticMembers(env: Readonly<Record<string, string>>): Promise<void> {
      const { topic, group } = await newTopic()
      const processes: ConnectedClient[] = []
      const members: GroupMember[] = []
      const start = async (index: number) => {
        const GROUP_INSTANCE_ID = `instance-${index}`
        const SESSION_TIMEOUT_MS = String(sessionTimeoutMs)
        processes[index] = await connect({ ...env, GROUP_INSTANCE_ID, SESSION_TIMEOUT_MS })
        members[index] = await processes[index].joinGroup(group, topic)
      }
      await start(0)
      await start(1)
      const held = await Promise.all(members.map((member) => member.waitForPartitions(2)))
      expect(held.flat().toSorted()).toEqual([0, 1, 2, 3])
      for (const index of [0, 1]) {
        const other = members[1 - index]!
        const before = other.assignments().length
        await processes[index]!.close()
        await start(index)
        // Both wait, so that a failure of the other member is reported.
        const again = await Promise.all(members.map((member) => member.waitForPartitions(2)))
        expect(again).toEqual(held)
        const values = await fixture.produceToEach(topic, 4, `restart-${index}`)
        await members[index]!.waitForValues(held[index]!.map((partition) => values[partition]!))
        await other.waitForValues(held[1 - index]!.map((partition) => values[partition]!))
        // franz-go rebalances when it leads the group, and changes nothing.
        const since = other.assignments().slice(before)
        for (const partitions of since) expect(partitions).toEqual(held[1 - index])
      }
    }

    if (features.includes('cooperative'))
      test('a member keeps its partitions while another one joins and leaves', async () => {
        const { topic, group } = await newTopic()
        const each = await connect({ REBALANCES: 'cooperative' })
        const stays = await each.joinGroup(group, topic)
        await stays.waitForPartitions(4)
        const joined = stays.assignments().length
        const leaves = await each.joinGroup(group, topic)
        const [kept] = await Promise.all([stays.waitForPartitions(2), leaves.waitForPartitions(2)])
        await leaves.leave()
        expect(await stays.waitForPartitions(4)).toEqual([0, 1, 2, 3])
        const since = stays.assignments().slice(joined)
        for (const partitions of since) expect(partitions).toEqual(expect.arrayContaining(kept))
      })

    if (features.includes('static'))
      test('static members get the same partitions when they restart, and others keep theirs', () =>
        restartStaticMembers({}))

    if (features.includes('static, consumer protocol'))
      test('static members of the consumer protocol get the same partitions when they restart', () =>
        restartStaticMembers(consumerProtocol))
  })
}
