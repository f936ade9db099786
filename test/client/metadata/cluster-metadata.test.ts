import { describe, expect, it } from 'vitest'
import { KafkaClient } from '../../../src/client/kafka-client.ts'
import { ManualClock } from '../../../src/index.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { ApiVersions, ListOffsets, Metadata } from '../../../src/protocol/messages/index.ts'
import { InterceptedNetwork } from '../support/intercepted-network.ts'
import { advanceUntil, startTestClients } from '../support/test-client.ts'

const orders = { topic: 'orders', partition: 0, timestamp: -1 }

describe('the metadata of a client', () => {
  it('comes from the first bootstrap server that answers', async () => {
    const { cluster, clock, newClient } = await startTestClients()
    const client = newClient({ bootstrapServers: `127.0.0.1:1,${cluster.bootstrapServers}` })
    await client.connect()
    expect((await advanceUntil(clock, client.admin.cluster.describe())).brokers).toHaveLength(1)
  })

  it('is fetched once while it is fresh, and again when it is older than metadata.max.age.ms', async () => {
    const { client, clock, network } = await startTestClients(
      { topics: [{ name: 'orders' }] },
      { metadataMaxAgeMs: 1_000 },
    )
    const fetches = (): number => network.requestsOf(Metadata).length
    await client.admin.records.listOffsets([orders])
    const before = fetches()
    await client.admin.records.listOffsets([orders])
    expect(fetches()).toBe(before)
    await clock.advance(1_000)
    await client.admin.records.listOffsets([orders])
    expect(fetches()).toBe(before + 1)
  })

  it('keeps the newer leader when a broker that lags behind answers', async () => {
    const { client, clock, network } = await startTestClients({
      brokers: 2,
      topics: [{ name: 'orders' }],
    })
    const brokers = [1, 2].map((nodeId) => ({ nodeId, host: 'b', port: nodeId, rack: null }))
    const answers = [
      { leaderId: 2, leaderEpoch: 5 },
      { leaderId: 1, leaderEpoch: 4 },
    ]
    network.verdict = ({ api }) => {
      if (api.key === ListOffsets.key || api.key === ApiVersions.key) return undefined
      if (api.key !== Metadata.key) return undefined
      const { leaderId, leaderEpoch } = answers.shift() ?? { leaderId: 1, leaderEpoch: 4 }
      return { answer: metadata(brokers, leaderId, leaderEpoch) }
    }
    const [topic] = await advanceUntil(clock, client.admin.topics.describe(['orders']))
    expect(topic!.partitions[0]).toMatchObject({ leaderId: 2, leaderEpoch: 5 })
    const [again] = await advanceUntil(clock, client.admin.topics.describe(['orders']))
    expect(again!.partitions[0]).toMatchObject({ leaderId: 2, leaderEpoch: 5 })
  })

  it('waits until a partition has a leader, and not longer than default.api.timeout.ms', async () => {
    const { client, clock, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    const withoutLeader = metadata([], -1, 0, ErrorCode.LeaderNotAvailable)
    let isElected = false
    network.verdict = ({ api, body }) =>
      api.key === Metadata.key && (body as { topics: unknown[] }).topics.length > 0 && !isElected
        ? { answer: withoutLeader }
        : undefined
    const failing = client.admin.records.listOffsets([orders])
    await expect(advanceUntil(clock, failing, 1_000)).rejects.toMatchObject({
      errorName: 'LEADER_NOT_AVAILABLE',
    })
    const waiting = client.admin.records.listOffsets([orders])
    await clock.advance(5_000)
    isElected = true
    expect(await advanceUntil(clock, waiting)).toMatchObject([{ offset: 0 }])
  })

  it('asks another broker when one is away, and reconnects with a growing pause', async () => {
    const { cluster, client, clock, network } = await startTestClients({ brokers: 2 })
    await client.admin.topics.list()
    const { host, port } = cluster.brokers[0]!
    network.verdict = ({ address }) => (address === `${host}:${port}` ? 'cut' : undefined)
    for (const socket of network.sockets) socket.destroy()
    expect(await advanceUntil(clock, client.admin.topics.list())).toEqual([])
  })

  it('says UNREACHABLE after unreachableTimeoutMs without any broker', async () => {
    const clock = new ManualClock()
    const network = new InterceptedNetwork()
    network.verdict = () => 'cut'
    const client = new KafkaClient(
      { bootstrapServers: 'a,b', unreachableTimeoutMs: 2_000 },
      { network, clock, random: new SeededRandom(1) },
    )
    await expect(client.connect()).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
    await clock.advance(60_000)
    await expect(client.connect()).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
    await expect(advanceUntil(clock, client.admin.topics.list())).rejects.toMatchObject({
      code: 'UNREACHABLE',
      advice: 'Check that a broker runs, and that a,b is its address.',
    })
    client.close()
    await expect(client.admin.topics.list()).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('a client that is closed', () => {
  it('leaves no connection and no timer behind, whatever it was doing', async () => {
    const { client, clock, network, cluster } = await startTestClients({
      topics: [{ name: 'orders', partitions: 3 }],
    })
    const scheduled = countTimers(clock)
    const producer = client.producer({ lingerMs: 1_000 })
    const consumer = client.consumer({ groupId: 'g' })
    consumer.subscribe(['orders'])
    const work = [
      producer.send({ topic: 'orders', value: null }),
      consumer.poll({ timeoutMs: 60_000 }),
      client.admin.records.listOffsets([orders]),
    ]
    const outcomes = Promise.allSettled(work)
    for (let step = 0; step < 10; step++) await clock.advance(50)
    client.close()
    const codes = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'ok',
    )
    expect(codes).toEqual(['CLOSED', 'CLOSED', 'ok'])
    await clock.advance(0)
    expect(network.sockets.size).toBe(0)
    await cluster.close()
    expect(scheduled()).toBe(0)
  })
})

function countTimers(clock: ManualClock): () => number {
  let count = 0
  const schedule = clock.schedule.bind(clock)
  clock.schedule = (delayMs, callback) => {
    count++
    let isOver = false
    const end = (): void => {
      if (!isOver) count--
      isOver = true
    }
    const timer = schedule(delayMs, () => {
      end()
      callback()
    })
    return {
      cancel: () => {
        end()
        timer.cancel()
      },
    }
  }
  return () => count
}

function metadata(
  brokers: readonly { nodeId: number; host: string; port: number; rack: null }[],
  leaderId: number,
  leaderEpoch: number,
  errorCode = 0,
) {
  return {
    brokers,
    controllerId: -1,
    topics: [
      {
        errorCode: 0,
        name: 'orders',
        topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
        isInternal: false,
        partitions: [
          {
            errorCode,
            partitionIndex: 0,
            leaderId,
            leaderEpoch,
            replicaNodes: [1],
            isrNodes: [1],
            offlineReplicas: [],
          },
        ],
      },
    ],
    throttleTimeMs: 0,
    clusterId: 'c',
    errorCode: 0,
  }
}
