import { ConsumerGroupDescribe } from '../../../../src/protocol/messages/index.ts'
import { HistoryClient } from './history-client.ts'
import { consumerHistory } from './consumer-history.ts'
import type { Connect } from './script.ts'
import { Script } from './script.ts'

/** The lines that a real broker gave for {@link consumerCases}. */
export const consumerCasesUrl = new URL('consumer-cases.jsonl', import.meta.url)

const HISTORIES = 16

/**
 * Sends requests of members of consumer groups: their errors, and random histories of members that
 * join, leave and change their subscriptions.
 *
 * @returns one line per response
 */
export async function consumerCases(connect: Connect): Promise<string[]> {
  const script = new Script(connect)
  await script.awaitCoordinator()
  const histories = Array.from({ length: HISTORIES }, (_, seed) => `history ${seed}`)
  const t = await script.createTopic('t', 4)
  const u = await script.createTopic('u', 3)
  for (const [name, run] of Object.entries(cases)) {
    script.note(name)
    const groupId = groupIdOf(name)
    await run((memberId, instanceId) => new HistoryClient(script, memberId, groupId, instanceId))
  }
  for (const [seed, name] of histories.entries()) {
    script.note(name)
    await consumerHistory(script, groupIdOf(name), seed, [t, u])
  }
  const { lines } = script
  await script.close()
  return lines
}

function groupIdOf(name: string): string {
  return name.replaceAll(' ', '-')
}

type NewClient = (memberId: string, instanceId?: string) => HistoryClient

const cases: Readonly<Record<string, (client: NewClient) => Promise<void>>> = {
  'invalid heartbeats': async (client) => {
    const a = client('a')
    for (const version of [0, 1]) {
      await a.join({ memberId: '' }, 1)
      await a.join({ memberId: ' ', memberEpoch: 1 }, version)
      await a.join({ memberId: '', memberEpoch: -1 }, version)
      await a.join({ groupId: '' }, version)
      await a.join({ groupId: ' ' }, version)
      await a.join({ instanceId: '' }, version)
      await a.join({ rackId: ' ' }, version)
      await a.join({ rebalanceTimeoutMs: -1 }, version)
      await a.join({ topicPartitions: null }, version)
      await a.join({ subscribedTopicNames: null }, version)
      await a.join({ memberEpoch: -2 }, version)
      await a.join({ memberEpoch: -3 }, version)
      await a.join({ serverAssignor: 'sticky' }, version)
      await a.join({ serverAssignor: '' }, version)
    }
    await a.join({ subscribedTopicRegex: '[' })
    await a.join({ subscribedTopicRegex: 'a**' })
    await a.join({ subscribedTopicRegex: '(?=a)' })
    await a.join({ subscribedTopicRegex: '\\' })
    await a.join({ subscribedTopicRegex: '(' })
    await a.heartbeat({ memberEpoch: 1 })
    await a.leave()
    await a.describe()
    await a.describe('')
  },
  'a member joins again': async (client) => {
    const a = client('a')
    await a.join()
    await a.join()
    await a.heartbeat()
    await a.join({ subscribedTopicNames: ['t', 'u'], serverAssignor: 'range' })
    await a.describe()
    await a.heartbeat({ memberEpoch: 9 })
    await a.heartbeat({ memberEpoch: 1 })
    await a.leave()
    await a.leave()
    await a.describe()
  },
  'static members': async (client) => {
    const a = client('a', 'i')
    const b = client('b', 'i')
    await a.join()
    await b.join()
    await b.heartbeat({ memberEpoch: 2 })
    await b.leave(-2)
    await client('c', 'j').leave(-1)
    await a.leave(-2)
    await a.describe()
    await a.heartbeat()
    await b.join({ subscribedTopicNames: ['u'] })
    await b.describe()
    await a.heartbeat()
    await a.leave(-1)
    await b.leave(-1)
    await b.describe()
  },
  'regular expressions': async (client) => {
    const [a, b] = [client('a'), client('b')]
    const matching = { subscribedTopicNames: null, subscribedTopicRegex: '[tu]' }
    await a.join({ ...matching, serverAssignor: 'range' })
    await epoch(a, 3)
    await a.heartbeat()
    await a.describe()
    await b.join(matching)
    await a.acknowledge()
    await a.acknowledge()
    await b.acknowledge()
    await b.describe()
    await a.acknowledge(a.owned, { subscribedTopicNames: ['u'], subscribedTopicRegex: '' })
    await a.acknowledge()
    await b.leave()
    await a.acknowledge()
    await a.describe()
    await a.leave()
    await a.describe()
  },
  'a topic that is created later': async (client) => {
    const a = client('a')
    await a.join({ subscribedTopicNames: ['late'] })
    await a.describe()
    const topicId = await a.script.createTopic('late', 2)
    while (a.memberEpoch < 3) await a.heartbeat({}, 1, true)
    await a.acknowledge({ [topicId]: [0, 1] })
    await a.describe()
  },
}

/** Waits until the group has an epoch. */
async function epoch({ script, memberId, groupId }: HistoryClient, groupEpoch: number) {
  const request = { groupIds: [groupId], includeAuthorizedOperations: false }
  for (;;) {
    const { groups } = await script.silently(memberId, ConsumerGroupDescribe, 1, request)
    if (groups[0]!.groupEpoch >= groupEpoch) return
  }
}
