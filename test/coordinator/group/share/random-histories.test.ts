import { expect, test } from 'vitest'
import { SeededRandom } from '../../../../src/platform/random.ts'
import { randomUuid as newId } from '../../../../src/platform/uuid.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { scaled } from '../../../support/scale.ts'
import { testSeed } from '../../../support/seed.ts'
import { Harness } from '../support.ts'
import { describeShare, ShareClient, statePartitions } from './support.ts'

const TOPICS = ['t', 'u', 'v']
const MEMBER_IDS = ['m-1', 'm-2', 'm-3', 'm-4']
const STEPS = 60
const SESSION_MS = 45_000

test('in the end every partition is assigned, whatever has happened before', async () => {
  for (let run = 0; run < scaled(50); run++) {
    const random = new SeededRandom(testSeed + run)
    const hint = `ODRADEK_TEST_SEED=${testSeed + run}`
    const harness = new Harness({ configs: { 'group.share.assignment.interval.ms': 0 } })
    const clients = MEMBER_IDS.map((memberId) => new ShareClient(harness, memberId))
    for (let step = 0; step < STEPS; step++) {
      harness.log.appendError = random.int(6) === 0 ? ErrorCode.NotEnoughReplicas : ErrorCode.None
      harness.persister.error =
        random.int(5) === 0 ? ErrorCode.CoordinatorNotAvailable : ErrorCode.None
      await change(harness, clients, random)
      harness.log.appendError = ErrorCode.None
      harness.persister.error = ErrorCode.None
      if (random.int(8) === 0) harness.restart()
    }
    await settle(harness, clients, random)
    expectComplete(harness, hint)
    const loaded = harness.reread()
    expect(describeShare(loaded).members, hint).toHaveLength(describeShare(harness).members.length)
    expect(statePartitions(loaded), hint).toEqual(statePartitions(harness))
  }
})

async function change(
  harness: Harness,
  clients: readonly ShareClient[],
  random: SeededRandom,
): Promise<void> {
  const client = clients[random.int(clients.length)]!
  const topic = random.int(TOPICS.length)
  switch (random.int(7)) {
    case 0:
      return void client.join(...TOPICS.slice(0, 1 + random.int(TOPICS.length)))
    case 1:
      return void client.leave()
    case 2:
      return void client.heartbeat({ subscribedTopicNames: [TOPICS[topic]!] })
    case 3:
      return harness.clock.advance(random.int(SESSION_MS / 2))
    case 4: {
      const existing = harness.topics.get(TOPICS[topic]!)
      const count = existing?.partitions.length ?? 0
      return harness.createTopic(TOPICS[topic]!, existing?.id ?? newId(random), count + 1)
    }
    case 5:
      // If the group could not note this, it would assign again with every heartbeat, as in Kafka.
      harness.log.appendError = ErrorCode.None
      if (harness.topics.has(TOPICS[topic]!)) harness.deleteTopic(TOPICS[topic]!)
      return
    default:
      return void client.heartbeat()
  }
}

/** All members join again, and send heartbeats until nothing changes. */
async function settle(
  harness: Harness,
  clients: readonly ShareClient[],
  random: SeededRandom,
): Promise<void> {
  for (const topic of TOPICS) {
    if (!harness.topics.has(topic)) harness.createTopic(topic, newId(random), 2)
  }
  await harness.clock.advance(SESSION_MS / 2)
  for (const client of clients) client.join(...TOPICS)
  for (let round = 0; round < 5; round++) {
    await harness.clock.advance(1000)
    for (const client of clients) client.heartbeat()
  }
}

function expectComplete(harness: Harness, hint: string): void {
  const { groupEpoch, assignmentEpoch, members } = describeShare(harness)
  expect(assignmentEpoch, hint).toBe(groupEpoch)
  expect(
    members.map(({ memberEpoch }) => memberEpoch),
    hint,
  ).toEqual(MEMBER_IDS.map(() => groupEpoch))
  const assigned = members.flatMap(({ assignment }) =>
    assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
      partitions.map((partition) => `${topicName}-${partition}`),
    ),
  )
  const existing = TOPICS.flatMap((name) =>
    harness.topics.get(name)!.partitions.map(({ partition }) => `${name}-${partition}`),
  )
  expect([...new Set(assigned)].toSorted(), hint).toEqual(existing.toSorted())
}
