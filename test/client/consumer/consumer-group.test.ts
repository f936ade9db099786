import { describe, expect, it } from 'vitest'
import type { Consumer } from '../../../src/client/consumer/consumer.ts'
import { cooperativeStickyAssignor } from '../../../src/client/group/assignors/cooperative-sticky.ts'
import { roundRobinAssignor } from '../../../src/client/group/assignors/round-robin.ts'
import type { KafkaClient } from '../../../src/client/kafka-client.ts'
import { nameOf, type TopicPartition } from '../../../src/client/topic-partition.ts'
import type { ManualClock } from '../../../src/index.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  OffsetCommit,
} from '../../../src/protocol/messages/index.ts'
import type { RequestOf } from '../../../src/protocol/schema/index.ts'
import { answering } from '../support/intercepted-network.ts'
import { advanceUntil, startTestClients } from '../support/test-client.ts'

const topics = [{ name: 'orders', partitions: 6 }]
const orders0 = { topic: 'orders', partition: 0 }

async function produce(client: KafkaClient, count: number): Promise<void> {
  const producer = client.producer()
  await producer.sendAll(
    Array.from({ length: count }, (_, i) => ({
      topic: 'orders',
      partition: i % 6,
      value: Buffer.from(String(i)),
    })),
  )
  await producer.close()
}

/** Polls all consumers, and moves the clock, until the condition holds. Returns what was read. */
async function pollUntil(
  clock: ManualClock,
  consumers: readonly Consumer[],
  isDone: () => boolean,
): Promise<string[]> {
  const values: string[] = []
  while (!isDone()) {
    const polls = Promise.all(consumers.map((consumer) => consumer.poll({ timeoutMs: 100 })))
    const records = await advanceUntil(clock, polls)
    for (const { value } of records.flat()) values.push(String(value))
  }
  return values
}

function sizes(consumers: readonly Consumer[]): number[] {
  return consumers.map(({ assignment }) => assignment.length)
}

describe('a consumer in a group', () => {
  it('reads all partitions alone, and goes on from the committed offsets', async () => {
    const { client, clock } = await startTestClients({ topics })
    await produce(client, 12)
    const first = client.consumer({ groupId: 'g', autoOffsetReset: 'earliest' })
    first.subscribe(['orders'])
    const read: string[] = []
    while (read.length < 12) read.push(...(await pollOnce(clock, first)))
    expect(read.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i))
    await first.close()
    const second = client.consumer({ groupId: 'g', autoOffsetReset: 'earliest' })
    second.subscribe(['orders'])
    await pollUntil(clock, [second], () => second.assignment.length === 6)
    expect(await pollOnce(clock, second)).toEqual([])
    expect(await second.committed([orders0])).toMatchObject([{ ...orders0, offset: 2 }])
  })

  it.each([
    ['range', undefined],
    ['roundrobin', [roundRobinAssignor]],
    ['cooperative-sticky', [cooperativeStickyAssignor]],
  ])(
    'shares partitions with those that come, and takes over those of one that leaves: %s',
    async (name, assignors) => {
      const { newClient, clock, network } = await startTestClients({ topics })
      const consumers = [1, 2, 3].map(() =>
        newClient().consumer({
          groupId: 'g',
          autoOffsetReset: 'earliest',
          ...(assignors && { assignors }),
        }),
      )
      consumers[0]!.subscribe(['orders'])
      await pollUntil(clock, [consumers[0]!], () => sizes(consumers)[0] === 6)
      for (const consumer of consumers.slice(1)) consumer.subscribe(['orders'])
      await pollUntil(clock, consumers, () => sizes(consumers).every((size) => size === 2))
      const owned = consumers.flatMap(({ assignment }) => assignment.map(nameOf))
      expect(new Set(owned).size).toBe(6)
      expect(network.requestsOf(JoinGroup).at(-1)!.protocols[0]!.name).toBe(name)
      await consumers[1]!.close()
      const rest = [consumers[0]!, consumers[2]!]
      await pollUntil(clock, rest, () => sizes(rest).every((size) => size === 3))
    },
  )

  it('gives everything up before a rebalance with an eager assignor', async () => {
    const events = await rebalance(undefined)
    expect(events).toEqual(['+6', '-6', '+3'])
  })

  it('gives up only what another member gets with a cooperative assignor', async () => {
    const events = await rebalance([cooperativeStickyAssignor])
    expect(events).toEqual(['+6', '-3', '+0', '+0'])
  })

  it('commits before it gives partitions up, so that no record is read twice', async () => {
    const { newClient, clock } = await startTestClients({ topics })
    const [a, b] = [newClient(), newClient()].map((client) =>
      client.consumer({ groupId: 'g', autoOffsetReset: 'earliest' }),
    ) as [Consumer, Consumer]
    await produce(newClient(), 60)
    a.subscribe(['orders'])
    const read = await pollUntil(clock, [a], () => a.assignment.length === 6)
    b.subscribe(['orders'])
    read.push(...(await pollUntil(clock, [a, b], () => b.assignment.length === 3)))
    for (let i = 0; i < 20; i++) read.push(...(await pollUntil(clock, [a, b], once())))
    expect(read).toHaveLength(60)
    expect(new Set(read).size).toBe(60)
  })

  it('loses its partitions when it does not poll for max.poll.interval.ms', async () => {
    const { client, clock, network } = await startTestClients({ topics })
    const lost: TopicPartition[] = []
    const consumer = client.consumer({ groupId: 'g', maxPollIntervalMs: 10_000 })
    consumer.subscribe(['orders'], { onLost: (partitions) => void lost.push(...partitions) })
    await pollUntil(clock, [consumer], () => consumer.assignment.length === 6)
    for (let step = 0; step < 30; step++) await clock.advance(500)
    expect(network.requestsOf(LeaveGroup)).toHaveLength(1)
    await expect(consumer.commit()).rejects.toMatchObject({ code: 'COMMIT_FAILED' })
    await pollUntil(clock, [consumer], () => lost.length === 6)
    await pollUntil(clock, [consumer], () => consumer.assignment.length === 6)
  })

  it.each([
    ['UNKNOWN_MEMBER_ID', ErrorCode.UnknownMemberId],
    ['ILLEGAL_GENERATION', ErrorCode.IllegalGeneration],
    ['REBALANCE_IN_PROGRESS', ErrorCode.RebalanceInProgress],
    ['NOT_COORDINATOR', ErrorCode.NotCoordinator],
  ])('goes on after a heartbeat that is answered with %s', async (_name, errorCode) => {
    const { client, clock, network } = await startTestClients({ topics })
    const consumer = client.consumer({ groupId: 'g' })
    consumer.subscribe(['orders'])
    await pollUntil(clock, [consumer], () => consumer.assignment.length === 6)
    let isFirst = true
    network.verdict = answering(Heartbeat, () => {
      if (!isFirst) return undefined
      isFirst = false
      return { throttleTimeMs: 0, errorCode }
    })
    const heartbeats = network.requestsOf(Heartbeat).length
    await pollUntil(clock, [consumer], () => network.requestsOf(Heartbeat).length > heartbeats + 1)
    await pollUntil(clock, [consumer], () => consumer.assignment.length === 6)
  })

  it('cannot go on when its instance id was taken', async () => {
    const { newClient, clock } = await startTestClients({ topics })
    const [a, b] = [newClient(), newClient()].map((client) =>
      client.consumer({ groupId: 'g', groupInstanceId: 'one' }),
    ) as [Consumer, Consumer]
    a.subscribe(['orders'])
    await pollUntil(clock, [a], () => a.assignment.length === 6)
    b.subscribe(['orders'])
    await pollUntil(clock, [b], () => b.assignment.length === 6)
    await expect(pollUntil(clock, [a], () => false)).rejects.toMatchObject({
      errorName: 'FENCED_INSTANCE_ID',
    })
  })

  it('keeps its partitions when a commit of an old generation is refused', async () => {
    const { newClient, clock, network } = await startTestClients({ topics })
    const options = { groupId: 'g', assignors: [cooperativeStickyAssignor], autoCommit: false }
    const [a, b] = [newClient(), newClient()].map((client) => client.consumer(options)) as [
      Consumer,
      Consumer,
    ]
    const events: string[] = []
    a.subscribe(['orders'], {
      onLost: (partitions) => void events.push(`lost ${partitions.length}`),
    })
    await pollUntil(clock, [a], () => a.assignment.length === 6)
    const isRebalanced = (): boolean => sizes([a, b]).every((size) => size === 3)
    // The coordinator is not ready for the commit until the rebalance is over. It is then sent
    // again, with the generation in which it began.
    let commits = 0
    network.verdict = ({ api, body }) => {
      if (api.key !== OffsetCommit.key) return undefined
      const { generationIdOrMemberEpoch: generation } = body as {
        generationIdOrMemberEpoch: number
      }
      if (generation === 1 && !isRebalanced())
        return unavailable(body as RequestOf<typeof OffsetCommit>)
      commits++
      return undefined
    }
    const committed = a.commit([{ ...orders0, offset: 0 }]).catch((error: unknown) => error)
    b.subscribe(['orders'])
    await pollUntil(clock, [a, b], isRebalanced)
    const error = await advanceUntil(clock, committed)
    expect(commits).toBe(1)
    expect(error).toMatchObject({ code: 'COMMIT_FAILED' })
    for (let i = 0; i < 20; i++) await pollUntil(clock, [a, b], once())
    expect(sizes([a, b])).toEqual([3, 3])
    expect(events).toEqual([])
  })

  it('refuses a commit while it joins, and takes it afterwards', async () => {
    const { client, clock, network } = await startTestClients({ topics })
    const consumer = client.consumer({ groupId: 'g', autoCommit: false })
    consumer.subscribe(['orders'])
    await pollUntil(clock, [consumer], () => consumer.assignment.length === 6)
    const joins = network.requestsOf(JoinGroup).length
    network.verdict = ({ api }) => (api.key === JoinGroup.key ? 'hang' : undefined)
    consumer.subscribe(['orders'])
    await pollUntil(clock, [consumer], () => network.requestsOf(JoinGroup).length > joins)
    const offsets = [{ ...orders0, offset: 0 }]
    await expect(consumer.commit(offsets)).rejects.toMatchObject({
      errorName: 'REBALANCE_IN_PROGRESS',
    })
    expect(network.requestsOf(OffsetCommit)).toHaveLength(0)
    network.verdict = () => undefined
    for (const socket of network.sockets) socket.destroy()
    await pollUntil(clock, [consumer], () => consumer.assignment.length === 6)
    await advanceUntil(clock, consumer.commit(offsets))
  })

  it('tells a commit that came too late', async () => {
    const { client, clock, network } = await startTestClients({ topics })
    const consumer = client.consumer({ groupId: 'g', autoCommit: false })
    consumer.subscribe(['orders'])
    await pollUntil(clock, [consumer], () => consumer.assignment.length === 6)
    network.verdict = answering(OffsetCommit, ({ topics: [topic] }) => ({
      throttleTimeMs: 0,
      topics: [
        {
          name: topic!.name,
          topicId: topic!.topicId,
          partitions: topic!.partitions.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: ErrorCode.IllegalGeneration,
          })),
        },
      ],
    }))
    await expect(consumer.commit([{ ...orders0, offset: 0 }])).rejects.toMatchObject({
      code: 'COMMIT_FAILED',
    })
  })

  it('gets the partitions that a topic is given later', async () => {
    const { client, clock } = await startTestClients({ topics }, { metadataMaxAgeMs: 1_000 })
    const consumer = client.consumer({ groupId: 'g' })
    consumer.subscribe(['orders', 'later'])
    await pollUntil(clock, [consumer], () => consumer.assignment.length >= 6)
    await client.admin.topics.createPartitions('orders', 8)
    const ofOrders = (): number =>
      consumer.assignment.filter(({ topic }) => topic === 'orders').length
    await pollUntil(clock, [consumer], () => ofOrders() === 8)
  })

  it('leaves the group when it is closed or unsubscribes, also while it joins', async () => {
    const { client, clock, network } = await startTestClients({ topics })
    const consumer = client.consumer({ groupId: 'g' })
    consumer.subscribe(['orders'])
    await pollUntil(clock, [consumer], () => consumer.assignment.length === 6)
    await consumer.unsubscribe()
    expect(consumer.assignment).toEqual([])
    expect((await client.admin.groups.describe('g'))!.state).toBe('Empty')
    const joining = client.consumer({ groupId: 'g' })
    joining.subscribe(['orders'])
    network.verdict = ({ api, body }) =>
      api.key === JoinGroup.key && (body as { memberId: string }).memberId !== ''
        ? 'hang'
        : undefined
    const polled = joining.poll().catch(() => [])
    while (network.requestsOf(JoinGroup).length < 4) await clock.advance(1)
    await advanceUntil(clock, joining.close())
    await polled
    expect((await client.admin.groups.describe('g'))!.members).toHaveLength(0)
  })

  it('commits without a member when it has chosen its partitions itself', async () => {
    const { client } = await startTestClients({ topics })
    const consumer = client.consumer({ groupId: 'g' })
    consumer.assign([orders0])
    await consumer.commit([{ ...orders0, offset: 0, metadata: 'note' }])
    expect(await consumer.committed([orders0])).toEqual([
      { ...orders0, offset: 0, leaderEpoch: -1, metadata: 'note' },
    ])
    expect(() => consumer.subscribe(['orders'])).not.toThrow()
    expect(() => client.consumer().subscribe(['orders'])).toThrow('groupId')
  })
})

/** Answers a commit with an error after which the client tries again. */
function unavailable({ topics }: RequestOf<typeof OffsetCommit>) {
  return {
    answer: {
      throttleTimeMs: 0,
      topics: topics.map(({ name, topicId, partitions }) => ({
        name,
        topicId,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: ErrorCode.CoordinatorLoadInProgress,
        })),
      })),
    },
  }
}

/** Returns the events of the first of two members while the second one joins. */
async function rebalance(
  assignors: readonly [typeof cooperativeStickyAssignor] | undefined,
): Promise<string[]> {
  const { newClient, clock } = await startTestClients({ topics })
  const options = { groupId: 'g', ...(assignors && { assignors }) }
  const [a, b] = [newClient().consumer(options), newClient().consumer(options)]
  const events: string[] = []
  a.subscribe(['orders'], {
    onAssigned: (partitions) => void events.push(`+${partitions.length}`),
    onRevoked: (partitions) => void events.push(`-${partitions.length}`),
  })
  await pollUntil(clock, [a], () => a.assignment.length === 6)
  b.subscribe(['orders'])
  await pollUntil(clock, [a, b], () => sizes([a, b]).every((size) => size === 3))
  return events
}

async function pollOnce(clock: ManualClock, consumer: Consumer): Promise<string[]> {
  const records = await advanceUntil(clock, consumer.poll({ timeoutMs: 100 }))
  return records.map(({ value }) => String(value))
}

function once(): () => boolean {
  let calls = 0
  return () => calls++ > 0
}
