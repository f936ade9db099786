import { once } from 'node:events'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  OdradekError,
  startCluster,
  type Cluster,
  type ClusterOptions,
  type OdradekErrorCode,
} from '../../src/index.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  CreateTopics,
  DescribeCluster,
  DescribeConfigs,
  FindCoordinator,
  Heartbeat,
  ListOffsets,
  Metadata,
} from '../../src/protocol/messages/index.ts'
import type { RequestInput } from '../../src/protocol/schema/index.ts'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import { startTestCluster } from '../support/test-cluster.ts'
import { occupy, portsInARow } from './support/ports.ts'
import { connectTo, logEndOffset, produce } from './support/requests.ts'
import { pathsIn, temporaryRoot } from './support/temporary-root.ts'

async function start(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await startCluster({ logLevel: 'silent', ...options })
  onTestFinished(() => cluster.close())
  return cluster
}

async function refusal(options: ClusterOptions): Promise<OdradekError> {
  const outcome = await startCluster({ logLevel: 'silent', ...options }).then(
    (cluster) => cluster.close(),
    (error: unknown) => error,
  )
  expect(outcome).toBeInstanceOf(OdradekError)
  return outcome as OdradekError
}

const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA'
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)
const why = hasIpv6 ? '' : ' (skipped: there is no IPv6 here)'

function metadataOf(names: string[] | null): RequestInput<typeof Metadata> {
  return {
    topics: names && names.map((name) => ({ topicId: noTopicId, name })),
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  }
}

describe('the address of a cluster', () => {
  test('is on the loopback interface and on free ports, so that clusters can coexist', async () => {
    const clusters = await Promise.all([start(), start(), start({ brokers: 2 })])
    const addresses = clusters.flatMap(({ bootstrapServers }) => bootstrapServers.split(','))
    expect(new Set(addresses).size).toBe(4)
    expect(new Set(clusters.map(({ clusterId }) => clusterId)).size).toBe(3)
    for (const address of addresses) expect(address).toMatch(/^127\.0\.0\.1:\d+$/)
  })

  test('has the ports from the given one on', async () => {
    const port = await portsInARow(3)
    const { bootstrapServers, brokers } = await start({ brokers: 3, port })
    expect(bootstrapServers).toBe(`127.0.0.1:${port},127.0.0.1:${port + 1},127.0.0.1:${port + 2}`)
    expect(brokers.map(({ id }) => id)).toEqual([1, 2, 3])
  })

  const bindsAll = async (host: string): Promise<void> => {
    const { bootstrapServers, brokers } = await start({ host })
    const { port } = brokers[0]!
    expect(bootstrapServers).toBe(`127.0.0.1:${port}`)
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.destroy()
  }
  test('is one that can be connected to when it binds 0.0.0.0', () => bindsAll('0.0.0.0'))
  test.skipIf(!hasIpv6)(`is one that can be connected to when it binds ::${why}`, () =>
    bindsAll('::'),
  )

  test.skipIf(!hasIpv6)(`is written in brackets when it is one of IPv6${why}`, async () => {
    const { bootstrapServers, brokers } = await start({ host: '::1' })
    expect(bootstrapServers).toBe(`[::1]:${brokers[0]!.port}`)
  })

  test('is the one in Metadata', async () => {
    const { call, cluster } = await startTestCluster({ host: '0.0.0.0', brokers: 2 })
    const metadata = await call(Metadata, 12, metadataOf([]))
    expect(metadata.clusterId).toBe(cluster.clusterId)
    expect(
      metadata.brokers.map(({ nodeId: id, host, port }) => ({ id, host, port })),
    ).toMatchObject(cluster.brokers.map(({ id, host, port }) => ({ id, host, port })))
  })
})

describe('three brokers', () => {
  test('share the partitions, and another broker names the leader', async () => {
    const topics = [{ name: 'orders', partitions: 6 }]
    const { call, connect } = await startTestCluster({ brokers: 3, topics })
    const metadata = await call(Metadata, 12, metadataOf(['orders']))
    const partitions = metadata.topics[0]!.partitions
    const leaders = partitions.map(({ leaderId }) => leaderId)
    expect([...leaders].sort((a, b) => a - b)).toEqual([1, 1, 2, 2, 3, 3])
    expect(partitions.map(({ replicaNodes }) => replicaNodes)).toEqual(leaders.map((id) => [id]))

    const partitionIndex = partitions.find(({ leaderId }) => leaderId === 3)!.partitionIndex
    const atEnd = { name: 'orders', partitions: [{ partitionIndex, timestamp: -1 }] }
    const request = { replicaId: -1, isolationLevel: 0, timeoutMs: 0, topics: [atEnd] }
    const codes = []
    for (const id of [1, 2, 3]) {
      const answer = await (await connect(id)).call(ListOffsets, 7, request)
      codes.push(answer.topics[0]!.partitions[0]!.errorCode)
    }
    expect(codes).toEqual([
      ErrorCode.NotLeaderOrFollower,
      ErrorCode.NotLeaderOrFollower,
      ErrorCode.None,
    ])
  })

  test('share the groups, and another broker does not know a group', async () => {
    const { call, connect } = await startTestCluster({ brokers: 3 })
    const coordinatorKeys = Array.from({ length: 60 }, (_, index) => `group-${index}`)
    const { coordinators } = await call(FindCoordinator, 4, {
      key: '',
      keyType: 0,
      coordinatorKeys,
    })
    expect(coordinators.map(({ errorCode }) => errorCode)).toEqual(coordinators.map(() => 0))
    const byBroker = new Map(coordinators.map(({ nodeId, key }) => [nodeId, key]))
    expect(new Set(byBroker.keys())).toEqual(new Set([1, 2, 3]))

    const groupId = byBroker.get(2)!
    const codes = []
    for (const id of [1, 2, 3]) {
      const answer = await (
        await connect(id)
      ).call(Heartbeat, 4, {
        groupId,
        generationId: 1,
        memberId: 'nobody',
      })
      codes.push(answer.errorCode)
    }
    expect(codes).toEqual([
      ErrorCode.NotCoordinator,
      ErrorCode.UnknownMemberId,
      ErrorCode.NotCoordinator,
    ])
  })

  test('are returned by DescribeCluster of each of them', async () => {
    const { cluster, connect } = await startTestCluster({ brokers: 3 })
    for (const id of [1, 2, 3]) {
      const { brokers, clusterId, controllerId } = await (
        await connect(id)
      ).call(DescribeCluster, 2, {
        includeClusterAuthorizedOperations: false,
        includeFencedBrokers: false,
      })
      expect(clusterId).toBe(cluster.clusterId)
      expect(controllerId).toBe(1)
      expect(brokers.map(({ brokerId }) => brokerId)).toEqual([1, 2, 3])
    }
  })
})

describe('configs and topics of a cluster', () => {
  test('take effect', async () => {
    const { call } = await startTestCluster({
      config: { 'num.partitions': 4 },
      topics: [
        { name: 'orders' },
        { name: 'users', partitions: 2, configs: { 'retention.ms': 7 } },
      ],
    })
    const created = await call(CreateTopics, 7, {
      topics: [
        { name: 'more', numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] },
      ],
      timeoutMs: 1000,
    })
    expect(created.topics[0]!.numPartitions).toBe(4)
    const { topics } = await call(Metadata, 12, metadataOf(null))
    const partitionCounts = Object.fromEntries(
      topics.map(({ name, partitions }) => [name, partitions.length]),
    )
    expect(partitionCounts).toEqual({ more: 4, orders: 4, users: 2 })
  })

  test('accepts unknown broker configs, and classes that cannot be loaded', async () => {
    const { cluster, call } = await startTestCluster({
      config: {
        'my.plugin': 'secret',
        'authorizer.class.name': 'org.acme.A',
        'file.delete.delay.ms': 1,
      },
    })
    expect(cluster.brokers).toHaveLength(1)
    const { results } = await call(DescribeConfigs, 4, {
      resources: [{ resourceType: 4, resourceName: '1', configurationKeys: ['my.plugin'] }],
      includeSynonyms: false,
      includeDocumentation: false,
    })
    expect(results[0]!.configs).toMatchObject([
      {
        name: 'my.plugin',
        value: null,
        isSensitive: true,
        readOnly: true,
        configSource: 4,
        configType: 0,
      },
    ])
  })

  test('accepts configs that follow from other options if they have the right values', async () => {
    const port = await portsInARow(1)
    const config = {
      'node.id': 1,
      'process.roles': 'broker,controller',
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    }
    await start({ port, config })
  })

  test.each<[ClusterOptions, OdradekErrorCode, string]>([
    [
      { config: { 'retention.ms': 1 } },
      'INVALID_CONFIG',
      'retention.ms is a topic config. For all topics, set the broker config log.retention.ms; for one topic, set it in the configs of the topic',
    ],
    [
      { brokers: [{ config: { 'remote.storage.enable': true } }] },
      'INVALID_CONFIG',
      'remote.storage.enable is a topic config: set it in the configs of a topic',
    ],
    [
      { config: { 'num.partitions': 'many' } },
      'INVALID_CONFIG',
      'Invalid value many for configuration num.partitions: Not a number of type INT',
    ],
    [
      { config: { 'num.partitions': 0 } },
      'INVALID_CONFIG',
      'Invalid value 0 for configuration num.partitions: Value must be at least 1',
    ],
    [
      { config: { 'log.cleaner.threads': 4, 'log.cleaner.dedupe.buffer.size': 4_000_000 } },
      'INVALID_CONFIG',
      'requirement failed: log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.',
    ],
    [
      { config: { listeners: 'PLAINTEXT://:9092' } },
      'INVALID_CONFIG',
      'listeners cannot be set: it follows from the option listeners',
    ],
    [
      { config: { 'process.roles': 'controller' } },
      'INVALID_CONFIG',
      'process.roles cannot be set: it is always broker,controller',
    ],
    [
      { config: { 'log.dirs': '/data' } },
      'INVALID_CONFIG',
      'log.dirs cannot be set: it follows from the option dataDir',
    ],
    [
      { topics: [{ name: 'a b' }] },
      'INVALID_TOPIC',
      "Cannot create topic 'a b': Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
    [
      { topics: [{ name: 'a', configs: { 'retention.ms': 'x' } }] },
      'INVALID_TOPIC',
      "Cannot create topic 'a': Invalid value x for configuration retention.ms: Not a number of type LONG",
    ],
    [
      { topics: [{ name: 'b' }, { name: 'a', configs: { 'log.retention.ms': 1 } }] },
      'INVALID_TOPIC',
      "Cannot create topic 'a': Unknown topic config name: log.retention.ms (did you mean retention.ms?)",
    ],
    [
      { topics: [{ name: 'a', configs: { 'cleanup.polcy': 'compact' } }] },
      'INVALID_TOPIC',
      "Cannot create topic 'a': Unknown topic config name: cleanup.polcy (did you mean cleanup.policy?)",
    ],
    [
      { topics: [{ name: 'a', replicas: 2 }] },
      'INVALID_TOPIC',
      "Cannot create topic 'a': Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be reached because only 1 broker(s) are registered",
    ],
  ])("%j are refused with Kafka's message", async (options, expectedCode, expectedMessage) => {
    const { code, message } = await refusal(options)
    expect(code).toBe(expectedCode)
    expect(message).toContain(expectedMessage)
  })
})

describe('a start that fails leaves nothing behind', () => {
  test('when the second of three ports is in use', async () => {
    const root = temporaryRoot()
    const port = await portsInARow(3)
    const { free } = await occupy(port + 1)
    const options = { brokers: 3, port, dataDir: join(root, 'not', 'there', 'yet') }
    const { code, message } = await refusal(options)
    expect(code).toBe('PORT_UNAVAILABLE')
    expect(message).toBe(
      `Port ${port + 1} on 127.0.0.1 (listener PLAINTEXT) is in use: stop the program that uses it, or use another port`,
    )
    expect(pathsIn(root)).toEqual([])

    await free()
    const cluster = await start(options)
    expect(cluster.brokers.map(({ port }) => port)).toEqual([port, port + 1, port + 2])
  })

  test('when a topic is invalid, which is detected when all listeners are open', async () => {
    const root = temporaryRoot()
    const port = await portsInARow(2)
    const options = { brokers: 2, port, dataDir: join(root, 'data') }
    const { code } = await refusal({ ...options, topics: [{ name: 'good' }, { name: 'a b' }] })
    expect(code).toBe('INVALID_TOPIC')
    expect(pathsIn(root)).toEqual([])
    await start(options)
  })

  test('except the directories that existed before', async () => {
    const root = temporaryRoot()
    const dataDir = join(root, 'data')
    mkdirSync(dataDir)
    writeFileSync(join(dataDir, 'notes.txt'), 'mine')
    await refusal({ dataDir, topics: [{ name: 'a b' }] })
    expect(pathsIn(root)).toEqual(['data', 'data/notes.txt'])
  })

  test('and does not change the files of an earlier cluster', async () => {
    const dataDir = temporaryRoot()
    const first = await start({ dataDir, topics: [{ name: 'orders' }] })
    await first.close()
    await refusal({ dataDir, brokers: 2, topics: [{ name: 'a b' }] })
    expect(pathsIn(dataDir)).not.toContain('2')
    const { clusterId } = await start({ dataDir })
    expect(clusterId).toBe(first.clusterId)
  })

  test('when the host is not an address of this machine', async () => {
    const root = temporaryRoot()
    const { code, message } = await refusal({ host: '192.0.2.1', dataDir: join(root, 'data') })
    expect(code).toBe('PORT_UNAVAILABLE')
    expect(message).toContain('192.0.2.1 is not an address of this machine')
    expect(pathsIn(root)).toEqual([])
  })
})

describe('a data directory', () => {
  test('is not a file', async () => {
    const dataDir = join(temporaryRoot(), 'file')
    writeFileSync(dataDir, '')
    const { code, message } = await refusal({ dataDir })
    expect(code).toBe('DATA_DIRECTORY_UNUSABLE')
    expect(message).toContain(`Cannot open ${join(dataDir, '1')}: `)
  })

  test('can be written to', async ({ skip }) => {
    if (process.platform !== 'linux') skip('needs a file system that nobody can write to')
    const { code, message } = await refusal({ dataDir: '/proc/data' })
    expect(code).toBe('DATA_DIRECTORY_UNUSABLE')
    expect(message).toContain('Cannot open /proc/data/1: ENOENT')
  })

  test('is used by one cluster at a time', async () => {
    const dataDir = temporaryRoot()
    const first = await start({ dataDir })
    const { code, message } = await refusal({ dataDir })
    expect(code).toBe('DATA_DIRECTORY_LOCKED')
    expect(message).toContain(`in use by this process (pid ${process.pid})`)
    await first.close()
    await start({ dataDir })
  })

  test('belongs to one cluster', async () => {
    const dataDir = temporaryRoot()
    const { clusterId, close } = await start({ dataDir })
    await close()
    const { code, message } = await refusal({ dataDir, clusterId: 'T2RyYWRla09yYWNsZTAwMQ' })
    expect(code).toBe('DATA_DIRECTORY_UNUSABLE')
    expect(message).toBe(
      `${join(dataDir, '1')} belongs to cluster ${clusterId}, not to cluster T2RyYWRla09yYWNsZTAwMQ: use that cluster id, or another directory`,
    )
    await start({ dataDir, clusterId })
  })

  test('belongs to one broker', async () => {
    const dataDir = temporaryRoot()
    mkdirSync(join(dataDir, '1'))
    writeFileSync(
      join(dataDir, '1', 'meta.properties'),
      'version=1\ncluster.id=T2RyYWRla09yYWNsZTAwMQ\nnode.id=7\n',
    )
    const { code, message } = await refusal({ dataDir })
    expect(code).toBe('DATA_DIRECTORY_UNUSABLE')
    expect(message).toContain('belongs to broker 7, not to broker 1')
  })

  test('with partitions but without a metadata log is refused, and works when that is restored', async () => {
    const dataDir = temporaryRoot()
    const first = await start({ dataDir, topics: [{ name: 'orders' }] })
    const connection = await connectTo(first.brokers[0]!)
    await produce(connection, 'orders', ['a'])
    await first.close()
    const metadata = join(dataDir, '1', '__cluster_metadata-0')
    renameSync(metadata, join(dataDir, 'aside'))
    const { code, message } = await refusal({ dataDir })
    expect(code).toBe('DATA_DIRECTORY_UNUSABLE')
    const orphan = join(dataDir, '1', 'orders-0')
    expect(message).toMatch(new RegExp(`^${orphan} .*__cluster_metadata-0 is missing or empty`))
    expect(existsSync(join(dataDir, '1', 'orders-0', '00000000000000000000.log'))).toBe(true)
    renameSync(join(dataDir, 'aside'), metadata)
    const second = await start({ dataDir })
    expect(await logEndOffset(await connectTo(second.brokers[0]!), 'orders')).toBe(1)
  })

  test('with an invalid metadata log is refused', async () => {
    const dataDir = temporaryRoot()
    const log = join(dataDir, '1', '__cluster_metadata-0')
    mkdirSync(log, { recursive: true })
    const noMetadata = encodeBatch([{ value: Buffer.from('no metadata record') }])
    writeFileSync(join(log, '00000000000000000000.log'), noMetadata)
    const { code, message } = await refusal({ dataDir })
    expect(code).toBe('DATA_DIRECTORY_UNUSABLE')
    expect(message).toContain(`Cannot open ${join(dataDir, '1')}: `)
  })
})
