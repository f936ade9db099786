import { describe, expect, onTestFinished, test } from 'vitest'
import {
  startCluster,
  type Cluster,
  type BrokerOptions,
  type ClusterOptions,
} from '../../src/index.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  CreateTopics,
  DescribeCluster,
  Metadata,
  OffsetForLeaderEpoch,
} from '../../src/protocol/messages/index.ts'
import {
  batch,
  coordinatorOf,
  createTopic,
  deleteTopic,
  fetchOne,
  isPending,
  listOffset,
  metadataRequest,
  produce,
  valuesOf,
  type Caller,
} from '../broker/support.ts'
import { singleReplica } from '../support/single-replica.ts'
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts'
import { occupy, portsInARow } from './support/ports.ts'
import { temporaryRoot } from './support/temporary-root.ts'
import { createServer } from 'node:net'

const PARTITIONS = 12

async function startOf(brokers: number, options: ClusterOptions = {}): Promise<TestCluster> {
  const topics = [{ name: 'orders', partitions: PARTITIONS }]
  return startTestCluster({ brokers, topics, ...options })
}

/**
 * What a broker tells of a topic: errors, leaders and epochs of its partitions; and the brokers
 * that it names.
 */
async function described(caller: Caller, name = 'orders') {
  const { topics, brokers, controllerId } = await caller.call(
    Metadata,
    12,
    metadataRequest([{ name }]),
  )
  const partitions = topics[0]!.partitions.sort((a, b) => a.partitionIndex - b.partitionIndex)
  return {
    errorCode: topics[0]!.errorCode,
    errors: partitions.map(({ errorCode }) => errorCode),
    leaders: partitions.map(({ leaderId }) => leaderId),
    epochs: partitions.map(({ leaderEpoch }) => leaderEpoch),
    brokers: brokers.map(({ nodeId }) => nodeId),
    controllerId,
  }
}

async function brokersOf(caller: Caller, includeFencedBrokers: boolean) {
  const { brokers } = await caller.call(DescribeCluster, 2, {
    includeClusterAuthorizedOperations: false,
    includeFencedBrokers,
  })
  return brokers.map(({ brokerId, isFenced }) => [brokerId, isFenced])
}

/** A partition of the topic that the broker leads. */
async function ledBy(caller: Caller, brokerId: number): Promise<number> {
  return (await described(caller)).leaders.indexOf(brokerId)
}

async function valuesIn(caller: Caller, partition: number): Promise<string[]> {
  const { records, errorCode } = await fetchOne(caller, 'orders', { partition })
  expect(errorCode).toBe(ErrorCode.None)
  return valuesOf(records)
}

describe.each(['stop', 'kill'] as const)('a broker after %s()', (end) => {
  test('is not named to clients, and its partitions have no leader until it starts again', async () => {
    const { cluster, connect } = await startOf(2)
    const other = await connect(1)
    const partition = await ledBy(other, 2)
    const own = await connect(2)
    await produce(own, 'orders', batch(['kept']), { partition })
    const before = await described(other)
    const { port } = cluster.broker(2)

    await cluster.broker(2)[end]()
    await own.closed()
    expect(cluster.broker(2).isRunning).toBe(false)
    const during = await described(other)
    expect(during.brokers).toEqual([1])
    expect(await brokersOf(other, false)).toEqual([[1, false]])
    expect(await brokersOf(other, true)).toEqual([
      [1, false],
      [2, true],
    ])
    for (const [index, leader] of before.leaders.entries()) {
      expect(during.leaders[index]).toBe(leader === 2 ? -1 : 1)
      expect(during.errors[index]).toBe(leader === 2 ? ErrorCode.LeaderNotAvailable : 0)
    }
    const refused = await produce(other, 'orders', batch(['lost']), { partition })
    expect(refused).toMatchObject({
      errorCode: ErrorCode.NotLeaderOrFollower,
      currentLeader: { leaderId: -1 },
    })

    await cluster.broker(2).start()
    expect(cluster.broker(2)).toMatchObject({ port, isRunning: true })
    const after = await described(other)
    expect(after).toMatchObject({ leaders: before.leaders, brokers: [1, 2] })
    // As with Kafka: no broker leads in the epoch in between.
    expect(after.epochs).toEqual(before.leaders.map((leader) => (leader === 2 ? 2 : 0)))
    const again = await connect(2)
    expect(await described(again)).toEqual(after)
    expect(await valuesIn(again, partition)).toEqual(['kept'])
    expect(await produce(again, 'orders', batch(['more']), { partition })).toMatchObject({
      baseOffset: 1,
    })
    const { topics } = await again.call(OffsetForLeaderEpoch, 4, {
      replicaId: -1,
      topics: [{ topic: 'orders', partitions: [{ partition, leaderEpoch: 1 }] }],
    })
    expect(topics[0]!.partitions[0]).toMatchObject({ leaderEpoch: 0, endOffset: 1 })
  })

  test('that led the quorum is followed by another controller, and later leads no more', async () => {
    const { cluster, connect } = await startOf(3)
    const other = await connect(2)
    expect((await described(other)).controllerId).toBe(1)
    await cluster.broker(1)[end]()
    expect((await described(other)).controllerId).toBe(2)
    expect(await createTopic(other, 'more', { partitions: 6 })).toBe(ErrorCode.None)
    expect((await described(other, 'more')).errors).toEqual([0, 0, 0, 0, 0, 0])
    await cluster.broker(1).start()
    const back = await connect(1)
    expect(await described(back, 'more')).toEqual(await described(other, 'more'))
    expect((await described(back)).controllerId).toBe(2)
    expect(await createTopic(back, 'by the one that is back')).toBe(ErrorCode.InvalidTopicException)
    expect(await createTopic(back, 'another')).toBe(ErrorCode.None)
  })

  test('that was the last starts again alone, with what it missed', async () => {
    const { cluster, connect } = await startOf(2)
    await createTopic(await connect(1), 'first')
    await cluster.broker(1)[end]()
    const second = await connect(2)
    await createTopic(second, 'second')
    await deleteTopic(second, 'first')
    const id = (await described(second, 'second')).epochs
    await cluster.broker(2)[end]()
    expect(cluster.topic('second').partitions).toHaveLength(id.length)

    await cluster.broker(1).start()
    const first = await connect(1)
    expect(await described(first, 'second')).toMatchObject({ errorCode: 0, brokers: [1] })
    expect(await described(first, 'first')).toMatchObject({
      errorCode: ErrorCode.UnknownTopicOrPartition,
    })
    expect((await described(first)).controllerId).toBe(1)
    await createTopic(first, 'third')
    await cluster.broker(2).start()
    expect(await described(await connect(2), 'third')).toEqual(await described(first, 'third'))
  })

  test('leaves its groups without a coordinator until it starts again, if their topic has one replica', async () => {
    const { cluster, connect } = await startOf(2, {
      config: { 'offsets.topic.num.partitions': 2, ...singleReplica },
    })
    const other = await connect(1)
    const groups = Array.from({ length: 20 }, (_, index) => `group-${index}`)
    const coordinators = async () => Promise.all(groups.map((group) => coordinatorOf(other, group)))
    const before = await coordinators()
    await cluster.broker(2)[end]()
    expect(await coordinators()).toEqual(before.map((id) => (id === 2 ? -1 : 1)))
    await cluster.broker(2).start()
    expect(await coordinators()).toEqual(before)
  })
})

test('version 0 of Metadata leaves out replicas that are down, with an error', async () => {
  const { cluster, call } = await startTestCluster({ brokers: 2 })
  const assignments = [[1, 2], [1], [2]].map((brokerIds, partitionIndex) => {
    return { partitionIndex, brokerIds }
  })
  for (const [name, assigned] of [
    ['two', assignments.slice(0, 1)],
    ['one', assignments.slice(1).map((each, partitionIndex) => ({ ...each, partitionIndex }))],
  ] as const) {
    const asked = { name, numPartitions: -1, replicationFactor: -1, assignments: assigned }
    await call(CreateTopics, 7, { topics: [{ ...asked, configs: [] }], timeoutMs: 1000 })
  }
  await cluster.broker(2).kill()
  const asked = metadataRequest([{ name: 'two' }, { name: 'one' }])
  const partitionsIn = async (version: number) => {
    const { topics } = await call(Metadata, version, asked)
    return topics.flatMap(({ partitions }) =>
      partitions.map(({ errorCode, replicaNodes, isrNodes }) => [
        errorCode,
        replicaNodes,
        isrNodes,
      ]),
    )
  }
  expect(await partitionsIn(0)).toEqual([
    [ErrorCode.ReplicaNotAvailable, [1], [1]],
    [ErrorCode.None, [1], [1]],
    [ErrorCode.LeaderNotAvailable, [], []],
  ])
  expect(await partitionsIn(1)).toEqual([
    [ErrorCode.None, [1, 2], [1]],
    [ErrorCode.None, [1], [1]],
    [ErrorCode.LeaderNotAvailable, [2], []],
  ])
})

test('a broker that is killed in profile faithful is named until its session has timed out', async () => {
  const { cluster, clock, connect } = await startOf(2, { profile: 'faithful' })
  const other = await connect(1)
  const before = await described(other)
  await cluster.broker(2).kill()
  await clock.advance(8_999)
  expect(await described(other)).toEqual(before)
  await clock.advance(1)
  expect((await described(other)).brokers).toEqual([1])
  await cluster.broker(2).start()
  await cluster.broker(2).kill()
  await cluster.broker(2).start()
  await clock.advance(9_000)
  expect((await described(other)).brokers).toEqual([1, 2])
})

test('all brokers of a cluster can be killed, and the cluster goes on', async () => {
  const { cluster, connect } = await startOf(3)
  const partition = await ledBy(await connect(1), 3)
  await produce(await connect(3), 'orders', batch(['kept']), { partition })
  for (let round = 0; round < 3; round++) {
    await Promise.all([1, 2, 3].map((id) => cluster.broker(id).kill()))
    await Promise.all([3, 1, 2].map((id) => cluster.broker(id).start()))
  }
  expect(await valuesIn(await connect(3), partition)).toEqual(['kept'])
  expect((await described(await connect(2))).brokers).toEqual([1, 2, 3])
})

describe('starting, stopping and killing', () => {
  test('twice, or at the same time, does nothing more', async () => {
    const { cluster, connect } = await startOf(2)
    const broker = cluster.broker(2)
    await broker.start()
    const caller = await connect(1)
    const { epochs } = await described(caller)
    await Promise.all([broker.stop(), broker.stop(), broker.kill()])
    await broker.stop()
    await broker.kill()
    await Promise.all([broker.start(), broker.start()])
    await broker.start()
    expect((await described(caller)).epochs).toEqual(
      (await described(caller)).leaders.map(
        (leader, index) => epochs[index]! + (leader === 2 ? 2 : 0),
      ),
    )
  })

  test('takes effect in the order of the calls', async () => {
    const { cluster } = await startOf(2)
    const broker = cluster.broker(2)
    await Promise.all([broker.stop(), broker.start(), broker.kill(), broker.start()])
    expect(broker.isRunning).toBe(true)
    await Promise.all([broker.stop(), broker.start(), broker.kill()])
    expect(broker.isRunning).toBe(false)
  })

  test('a broker that the cluster does not have is an error', async () => {
    const { cluster } = await startOf(2)
    expect(() => cluster.broker(3)).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_BROKER',
        message: 'The cluster has no broker 3; its brokers are 1, 2',
      }),
    )
  })

  test('after close() stops nothing and starts nothing', async () => {
    const { cluster } = await startOf(2)
    const broker = cluster.broker(2)
    const closing = Promise.all([broker.stop(), cluster.close()])
    await expect(broker.start()).rejects.toMatchObject({ code: 'CLUSTER_CLOSED' })
    await closing
    await broker.stop()
    await broker.kill()
    await expect(cluster.addBroker()).rejects.toMatchObject({ code: 'CLUSTER_CLOSED' })
    expect(broker.isRunning).toBe(false)
  })

  test('during close() ends when the cluster has released its ports', async () => {
    const { cluster } = await startOf(2, { profile: 'faithful' })
    const broker = cluster.broker(2)
    const ended: string[] = []
    const closing = cluster.close().then(() => ended.push('close'))
    await Promise.all([broker.stop(), broker.kill()])
    ended.push('stop and kill')
    await closing
    expect(ended).toEqual(['close', 'stop and kill'])
  })

  test('a broker whose addition fails is not started by a call that came meanwhile', async () => {
    const port = await portsInARow(2)
    const { cluster } = await startOf(1, { port })
    const thief = await occupy(port + 1)
    const adding = cluster.addBroker()
    const starting = cluster.broker(2).start()
    await expect(adding).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE' })
    await thief.free()
    await expect(starting).rejects.toMatchObject({ code: 'UNKNOWN_BROKER' })
    expect(await cluster.addBroker()).toMatchObject({ id: 2, isRunning: true })
  })

  test('fails on a port that another program has taken, and works when it is free again', async () => {
    const { cluster, connect } = await startOf(2)
    const broker = cluster.broker(2)
    await broker.stop()
    const thief = createServer().listen(broker.port, '127.0.0.1')
    await new Promise((resolve) => thief.once('listening', resolve))
    await expect(broker.start()).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE' })
    expect(broker.isRunning).toBe(false)
    expect((await described(await connect(1))).brokers).toEqual([1])
    await new Promise((resolve) => thief.close(resolve))
    await broker.start()
    expect((await described(await connect(1))).brokers).toEqual([1, 2])
  })
})

describe('a data directory', () => {
  const start = async (options: ClusterOptions): Promise<Cluster> => {
    const cluster = await startCluster({ logLevel: 'silent', ...options })
    onTestFinished(() => cluster.close())
    return cluster
  }

  test.each(['stop', 'kill'] as const)(
    'whose brokers ended by %s() opens again when the cluster is closed',
    async (end) => {
      const dataDir = temporaryRoot()
      const port = await portsInARow(3)
      const topics = [{ name: 'orders', partitions: PARTITIONS }]
      const first = await startTestCluster({ dataDir, port, brokers: 3, topics })
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const leader = (await described(first)).leaders[partition]!
        const caller = await first.connect(leader)
        await produce(caller, 'orders', batch([`to ${partition}`]), { partition })
      }
      for (const id of [1, 2]) await first.cluster.broker(id)[end]()
      await createTopic(await first.connect(3), 'late')
      await first.cluster.close()

      const second = await startTestCluster({ dataDir, port, brokers: 3 })
      const { leaders, errors } = await described(second)
      expect(new Set(errors)).toEqual(new Set([0]))
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const caller = await second.connect(leaders[partition])
        expect(await valuesIn(caller, partition)).toEqual([`to ${partition}`])
      }
      expect((await described(second, 'late')).errors).toEqual([0])
    },
  )

  test('whose first broker missed changes is served with them when it starts alone', async () => {
    const dataDir = temporaryRoot()
    const first = await startTestCluster({ dataDir, brokers: 2 })
    await first.cluster.broker(1).stop()
    await createTopic(await first.connect(2), 'late')
    await first.cluster.close()
    const alone = await startTestCluster({ dataDir })
    expect(await described(alone, 'late')).toMatchObject({
      errors: [ErrorCode.LeaderNotAvailable],
      leaders: [-1],
    })
    await alone.cluster.close()
    const both = await startTestCluster({ dataDir, brokers: 2 })
    expect(await described(both, 'late')).toMatchObject({ errors: [0], leaders: [2] })
  })

  test('of a cluster that brokers were added to opens with all of them', async () => {
    const dataDir = temporaryRoot()
    const first = await start({ dataDir })
    const added = await first.addBroker({ rack: 'b' })
    expect(added).toMatchObject({ id: 2, isRunning: true })
    expect(first.brokers.map(({ id }) => id)).toEqual([1, 2])
    expect(first.bootstrapServers).toBe(
      first.brokers.map(({ host, port }) => `${host}:${port}`).join(','),
    )
    await first.close()
    const second = await startTestCluster({ dataDir, brokers: 2 })
    expect(await brokersOf(second, true)).toEqual([
      [1, false],
      [2, false],
    ])
  })
})

describe('a broker that is added', () => {
  test('is named to clients, and leads new partitions', async () => {
    const { cluster, connect, call } = await startOf(1, { profile: 'faithful' })
    const added = await cluster.addBroker({ rack: 'b', config: { 'num.partitions': 3 } })
    expect(added.id).toBe(2)
    const caller = { call }
    expect((await described(caller)).brokers).toEqual([1, 2])
    await createTopic(caller, 'more', { partitions: 4 })
    const { leaders } = await described(await connect(2), 'more')
    expect(new Set(leaders)).toEqual(new Set([1, 2]))
    const partition = leaders.indexOf(2)
    expect(
      await listOffset(await connect(2), 'more', -1, { partitionIndex: partition }),
    ).toMatchObject({ errorCode: 0, offset: 0 })
    await cluster.broker(1).stop()
    expect((await described(await connect(2))).controllerId).toBe(2)
  })

  test('has the port and the address that follow those of the others', async () => {
    const port = await portsInARow(3)
    const options = { brokers: 2, port, advertisedHost: 'kafka', advertisedPort: 9000 }
    const { cluster } = await startTestCluster(options)
    expect(await cluster.addBroker()).toMatchObject({
      id: 3,
      host: 'kafka',
      port: 9002,
      listener: { port: port + 2 },
    })
  })

  test.each([
    [{ rack: '' }, 'INVALID_OPTION'],
    [{ racks: 'a' }, 'INVALID_OPTION'],
    [{ rack: 'a', config: { 'broker.rack': 'b' } }, 'INVALID_OPTION'],
    [{ config: { 'num.partitions': 0 } }, 'INVALID_CONFIG'],
  ])('with wrong options %j leaves the cluster as it was', async (options, code) => {
    const { cluster, call } = await startOf(1)
    await expect(cluster.addBroker(options as BrokerOptions)).rejects.toMatchObject({ code })
    expect(cluster.brokers).toHaveLength(1)
    expect(await brokersOf({ call }, true)).toEqual([[1, false]])
    expect((await cluster.addBroker()).id).toBe(2)
  })
})

test('a request that waits at a broker that is killed is never answered', async () => {
  const { cluster, connect } = await startOf(1)
  const waiting = fetchOne(await connect(1), 'orders', {}, { maxWaitMs: 60_000 })
  expect(await isPending(waiting)).toBe(true)
  await cluster.broker(1).kill()
  await expect(waiting).rejects.toThrow('closed the connection')
})
