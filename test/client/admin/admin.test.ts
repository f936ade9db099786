import { describe, expect, it } from 'vitest'
import { ConfigResourceType, ConfigSource } from '../../../src/protocol/config-resource.ts'
import { OffsetSpec } from '../../../src/client/list-offsets.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  ApiVersions,
  ConsumerGroupDescribe,
  CreateTopics,
  DescribeGroups,
  FindCoordinator,
  Metadata,
} from '../../../src/protocol/messages/index.ts'
import { answering } from '../support/intercepted-network.ts'
import { advanceUntil, startTestClients } from '../support/test-client.ts'

const orders0 = { topic: 'orders', partition: 0 }

describe('the admin', () => {
  it('creates, lists, grows and deletes topics', async () => {
    const { client } = await startTestClients()
    const { topics } = client.admin
    await topics.create([{ name: 'b', partitions: 2 }, { name: 'a' }])
    expect((await topics.list()).map(({ name }) => name)).toEqual(['a', 'b'])
    await topics.createPartitions('b', 5)
    const [b] = await topics.describe(['b'])
    expect(b!.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual([0, 1, 2, 3, 4])
    await topics.delete(['a', 'b'])
    expect(await topics.list()).toEqual([])
    await expect(topics.describe(['a'])).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' })
  })

  it('says what was refused and why, and only checks with validateOnly', async () => {
    const { client } = await startTestClients({ topics: [{ name: 'orders' }] })
    const { topics } = client.admin
    await expect(topics.create([{ name: 'orders' }])).rejects.toMatchObject({
      code: 'BROKER_ERROR',
      errorName: 'TOPIC_ALREADY_EXISTS',
      errorCode: 36,
      operation: 'creating topic orders',
      message: "creating topic orders: TOPIC_ALREADY_EXISTS: Topic 'orders' already exists.",
    })
    await topics.create([{ name: 'new' }], { validateOnly: true })
    expect((await topics.list()).map(({ name }) => name)).toEqual(['orders'])
  })

  it('asks again where the controller has moved, only for what is not done', async () => {
    const { client, clock, network } = await startTestClients()
    let isFirst = true
    network.verdict = answering(CreateTopics, ({ topics }) => {
      if (!isFirst) return undefined
      isFirst = false
      return {
        topics: topics.map(({ name }, i) => ({
          name,
          topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
          errorCode: i === 0 ? 0 : ErrorCode.NotController,
          errorMessage: null,
          topicConfigErrorCode: 0,
          configs: [],
        })),
        throttleTimeMs: 0,
      }
    })
    await advanceUntil(clock, client.admin.topics.create([{ name: 'a' }, { name: 'b' }]))
    const asked = network
      .requestsOf(CreateTopics)
      .map(({ topics }) => topics.map(({ name }) => name))
    expect(asked).toEqual([['a', 'b'], ['b']])
  })

  it('shows and changes configs', async () => {
    const { client } = await startTestClients({ topics: [{ name: 'orders' }] })
    const topic = { type: ConfigResourceType.Topic, name: 'orders' }
    await client.admin.configs.alter(topic, [
      { name: 'retention.ms', operation: 'set', value: '1000' },
      { name: 'cleanup.policy', operation: 'append', value: 'compact' },
    ])
    const own = async () => {
      const [described] = await client.admin.configs.describe([topic])
      const found = described!.configs.filter(
        ({ configSource }) => configSource === ConfigSource.TopicConfig,
      )
      return Object.fromEntries(found.map(({ name, value }) => [name, value]))
    }
    expect(await own()).toEqual({ 'retention.ms': '1000', 'cleanup.policy': 'delete,compact' })
    await client.admin.configs.alter(topic, [{ name: 'retention.ms', operation: 'delete' }])
    expect(await own()).toEqual({ 'cleanup.policy': 'delete,compact' })
    const [broker] = await client.admin.configs.describe([
      { type: ConfigResourceType.Broker, name: '1' },
    ])
    expect(broker!.configs.find(({ name }) => name === 'node.id')?.value).toBe('1')
    await expect(
      client.admin.configs.alter(topic, [{ name: 'nonsense', operation: 'set', value: '1' }]),
    ).rejects.toThrow('configuring topic orders: INVALID_CONFIG')
  })

  it('lists, describes and deletes groups, and changes their offsets', async () => {
    const { client, clock, newClient } = await startTestClients({
      brokers: 2,
      topics: [{ name: 'orders', partitions: 2 }],
    })
    const { groups } = client.admin
    const consumer = newClient().consumer({ groupId: 'g', autoCommit: false })
    consumer.subscribe(['orders'])
    while (consumer.assignment.length < 2) await advanceUntil(clock, consumer.poll())
    expect(await groups.list()).toMatchObject([{ groupId: 'g', groupState: 'Stable' }])
    expect(await groups.list({ states: ['Empty'] })).toEqual([])
    expect(await groups.describe('g')).toMatchObject({
      type: 'classic',
      state: 'Stable',
      assignor: 'range',
      members: [{ assignment: [orders0, { topic: 'orders', partition: 1 }] }],
    })
    expect(await groups.describe('other')).toBeUndefined()
    await expect(groups.delete(['g'])).rejects.toMatchObject({ errorName: 'NON_EMPTY_GROUP' })
    await expect(groups.alterOffsets('g', [{ ...orders0, offset: 1 }])).rejects.toMatchObject({
      errorName: 'UNKNOWN_MEMBER_ID',
    })
    const { memberId } = (await groups.describe('g'))!.members[0]!
    await groups.removeMembers('g', [{ memberId }])
    expect((await groups.describe('g'))!.members).toHaveLength(0)
    await groups.alterOffsets('g', [
      { ...orders0, offset: 1 },
      { topic: 'orders', partition: 1, offset: 2 },
    ])
    await groups.deleteOffsets('g', [orders0])
    expect(await groups.listOffsets('g')).toMatchObject([{ partition: 1, offset: 2 }])
    await groups.delete(['g'])
    expect(await groups.list()).toEqual([])
  })

  it('describes a consumer group of KIP-848 where the broker serves them', async () => {
    const { client, network } = await startTestClients()
    const notClassic = answering(DescribeGroups, ({ groups: [groupId] }) => ({
      throttleTimeMs: 0,
      groups: [
        {
          errorCode: ErrorCode.GroupIdNotFound,
          groupId: groupId!,
          groupState: 'Dead',
          protocolType: '',
          protocolData: '',
          members: [],
        },
      ],
    }))
    const assignment = {
      topicPartitions: [
        { topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', topicName: 'orders', partitions: [0] },
      ],
    }
    const consumerGroup = answering(ConsumerGroupDescribe, ({ groupIds: [groupId] }) => ({
      throttleTimeMs: 0,
      groups: [
        {
          errorCode: 0,
          groupId: groupId!,
          groupState: 'Stable',
          groupEpoch: 1,
          assignmentEpoch: 1,
          assignorName: 'uniform',
          members: [
            {
              memberId: 'm',
              memberEpoch: 1,
              clientId: 'c',
              clientHost: '/127.0.0.1',
              subscribedTopicNames: ['orders'],
              assignment,
              targetAssignment: assignment,
            },
          ],
        },
      ],
    }))
    const versions = answering(ApiVersions, () => ({
      errorCode: 0,
      apiKeys: [ApiVersions, Metadata, FindCoordinator, DescribeGroups, ConsumerGroupDescribe].map(
        ({ key, versions }) => ({ apiKey: key, minVersion: 0, maxVersion: versions.max }),
      ),
      throttleTimeMs: 0,
      supportedFeatures: [],
      finalizedFeatures: [],
    }))
    network.verdict = (request) =>
      versions(request) ?? notClassic(request) ?? consumerGroup(request)
    expect(await client.admin.groups.describe('g')).toEqual({
      groupId: 'g',
      type: 'consumer',
      state: 'Stable',
      protocolType: 'consumer',
      assignor: 'uniform',
      epoch: 1,
      assignmentEpoch: 1,
      members: [
        {
          memberId: 'm',
          groupInstanceId: null,
          clientId: 'c',
          clientHost: '/127.0.0.1',
          epoch: 1,
          assignment: [orders0],
        },
      ],
    })
  })

  it('looks a coordinator up again that was not there', async () => {
    const { client, clock, network } = await startTestClients()
    let isFirst = true
    network.verdict = answering(FindCoordinator, ({ coordinatorKeys: [key] }) => {
      if (!isFirst) return undefined
      isFirst = false
      return {
        throttleTimeMs: 0,
        errorCode: 0,
        errorMessage: null,
        nodeId: -1,
        host: '',
        port: -1,
        coordinators: [
          {
            key: key!,
            nodeId: -1,
            host: '',
            port: -1,
            errorCode: ErrorCode.CoordinatorNotAvailable,
            errorMessage: null,
          },
        ],
      }
    })
    expect(await advanceUntil(clock, client.admin.groups.listOffsets('g'))).toEqual([])
  })

  it('finds offsets by time, deletes records, and shows their producers', async () => {
    const { client } = await startTestClients({ topics: [{ name: 'orders' }] })
    const { records } = client.admin
    const producer = client.producer()
    for (const timestamp of [1_000, 2_000, 3_000])
      await producer.send({ topic: 'orders', value: null, timestamp })
    const at = async (timestamp: number): Promise<number> =>
      (await records.listOffsets([{ ...orders0, timestamp }]))[0]!.offset
    expect(await at(1_500)).toBe(1)
    expect(await at(9_000)).toBe(-1)
    expect(await at(OffsetSpec.MaxTimestamp)).toBe(2)
    expect(await records.delete([{ ...orders0, beforeOffset: 2 }])).toEqual([
      { ...orders0, lowWatermark: 2 },
    ])
    expect(await at(OffsetSpec.Earliest)).toBe(2)
    await expect(records.delete([{ ...orders0, beforeOffset: 9 }])).rejects.toMatchObject({
      errorName: 'OFFSET_OUT_OF_RANGE',
    })
    await expect(
      records.listOffsets([{ topic: 'orders', partition: 4, timestamp: -1 }]),
    ).rejects.toMatchObject({ code: 'UNKNOWN_PARTITION' })
  })

  it('shows the cluster and the disks of its brokers', async () => {
    const { client, cluster } = await startTestClients({
      brokers: 2,
      topics: [{ name: 'orders', partitions: 2 }],
    })
    const described = await client.admin.cluster.describe()
    expect(described.clusterId).toBe(cluster.clusterId)
    expect(described.brokers.map(({ brokerId }) => brokerId)).toEqual([1, 2])
    const quorum = await client.admin.cluster.describeQuorum()
    expect(quorum.leaderId).toBe(1)
    expect(quorum.currentVoters.map(({ logEndOffset }) => logEndOffset)).toEqual([
      quorum.highWatermark,
      quorum.highWatermark,
    ])
    const producer = client.producer()
    await producer.send({ ...orders0, value: Buffer.alloc(100) })
    const dirs = await client.admin.cluster.describeLogDirs()
    expect(dirs.map(({ brokerId }) => brokerId)).toEqual([1, 2])
    const replica = dirs
      .flatMap(({ replicas }) => replicas)
      .find(({ topic, partition }) => topic === 'orders' && partition === 0)!
    expect(replica).toMatchObject({ offsetLag: 0, isFuture: false })
    expect(replica.sizeBytes).toBeGreaterThan(100)
  })

  it('rejects with ABORTED when its signal is aborted', async () => {
    const { client, clock, network } = await startTestClients()
    network.verdict = ({ api }) => (api.key === CreateTopics.key ? 'hang' : undefined)
    const abort = new AbortController()
    const created = client.admin.topics.create([{ name: 'a' }], { signal: abort.signal })
    while (network.requestsOf(CreateTopics).length === 0) await clock.advance(0)
    abort.abort()
    await expect(created).rejects.toMatchObject({ code: 'ABORTED' })
  })
})
