import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startCluster, type Cluster } from '../../src/index.ts'
import { Member } from './support/member.ts'
import { connectProducer, kafkaFor, transports } from './support/transports.ts'

const { ConfigResourceTypes } = kafkajs

describe.each(transports)('the admin client of kafkajs %s', (_transport, optionsOf) => {
  let cluster: Cluster
  let kafka: Kafka
  let admin: Admin

  beforeAll(async () => {
    cluster = await startCluster({ brokers: 2, logLevel: 'silent' })
    kafka = kafkaFor(cluster, optionsOf(cluster))
    admin = kafka.admin()
    await admin.connect()
  })
  afterAll(async () => {
    await admin.disconnect()
    await cluster.close()
  })

  const createTopic = (topic: string, numPartitions = 1) =>
    admin.createTopics({ topics: [{ topic, numPartitions }] })

  /** Creates `count` records in the topic's first partition, which the group reads and commits. */
  async function consumedTopic(topic: string, groupId: string, count: number): Promise<void> {
    await createTopic(topic)
    const producer = await connectProducer(kafka)
    for (let index = 0; index < count; index++) {
      const message = { value: `${index}`, timestamp: `${1_700_000_000_000 + index * 1000}` }
      await producer.send({ topic, messages: [message] })
    }
    const member = await Member.join(kafka, topic, { groupId })
    await member.receives(count)
    await member.leave()
  }

  test('describes the cluster', async () => {
    const { brokers, clusterId, controller } = await admin.describeCluster()
    expect(clusterId).toBe(cluster.clusterId)
    expect(controller).toBe(1)
    expect(brokers).toEqual(
      cluster.brokers.map(({ id, host, port }) => ({ nodeId: id, host, port })),
    )
  })

  test('creates topics, adds partitions and deletes them', async () => {
    expect(await createTopic('growing', 2)).toBe(true)
    expect(await createTopic('growing', 2)).toBe(false)
    await admin.createPartitions({ topicPartitions: [{ topic: 'growing', count: 5 }] })
    const { topics } = await admin.fetchTopicMetadata({ topics: ['growing'] })
    expect(new Set(topics[0]!.partitions.map(({ partitionId }) => partitionId))).toEqual(
      new Set([0, 1, 2, 3, 4]),
    )
    expect(await admin.listTopics()).toContain('growing')
    await admin.deleteTopics({ topics: ['growing'] })
    expect(await admin.listTopics()).not.toContain('growing')
  })

  test('gets the reason why a topic cannot be created or grow', async () => {
    await expect(createTopic('a b')).rejects.toMatchObject({
      errors: [{ type: 'INVALID_TOPIC_EXCEPTION' }],
    })
    await createTopic('narrow', 2)
    const topicPartitions = [{ topic: 'narrow', count: 1 }]
    await expect(admin.createPartitions({ topicPartitions })).rejects.toMatchObject({
      type: 'INVALID_PARTITIONS',
    })
  })

  test('describes and alters configs', async () => {
    await createTopic('configured')
    const resource = { type: ConfigResourceTypes.TOPIC, name: 'configured' }
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '1000' }] }],
    })
    const { resources } = await admin.describeConfigs({
      includeSynonyms: true,
      resources: [{ ...resource, configNames: ['retention.ms', 'cleanup.policy'] }],
    })
    const found = resources[0]!.configEntries.map((entry) => [entry.configName, entry.configValue])
    expect(Object.fromEntries(found)).toEqual({
      'retention.ms': '1000',
      'cleanup.policy': 'delete',
    })
    const configEntries = [{ name: 'retention.ms', value: 'soon' }]
    await expect(
      admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] }),
    ).rejects.toMatchObject({ type: 'INVALID_CONFIG' })
  })

  test('finds offsets, by time too, and deletes records', async () => {
    await consumedTopic('offsets', 'offsets', 4)
    expect(await admin.fetchTopicOffsets('offsets')).toEqual([
      { partition: 0, offset: '4', high: '4', low: '0' },
    ])
    expect(await admin.fetchTopicOffsetsByTimestamp('offsets', 1_700_000_001_500)).toEqual([
      { partition: 0, offset: '2' },
    ])
    await admin.deleteTopicRecords({
      topic: 'offsets',
      partitions: [{ partition: 0, offset: '3' }],
    })
    expect(await admin.fetchTopicOffsets('offsets')).toEqual([
      { partition: 0, offset: '4', high: '4', low: '3' },
    ])
  })

  test('lists, describes and deletes groups', async () => {
    await createTopic('members', 2)
    const member = await Member.join(kafka, 'members', { groupId: 'members' })
    await member.holds(2)
    const { groups } = await admin.listGroups()
    expect(groups).toContainEqual({ groupId: 'members', protocolType: 'consumer' })
    const described = await admin.describeGroups(['members'])
    expect(described.groups[0]).toMatchObject({ state: 'Stable', protocol: 'RoundRobinAssigner' })
    expect(described.groups[0]!.members).toHaveLength(1)
    await expect(admin.deleteGroups(['members'])).rejects.toMatchObject({
      groups: [{ groupId: 'members', error: { type: 'NON_EMPTY_GROUP' } }],
    })
    await member.leave()
    const deleted = await admin.deleteGroups(['members'])
    expect(deleted).toMatchObject([{ groupId: 'members', errorCode: 0 }])
  })
})

test('the admin client of kafkajs sets and resets the offsets of groups', async () => {
  const cluster = await startCluster({ topics: [{ name: 'orders' }], logLevel: 'silent' })
  onTestFinished(() => cluster.close())
  const kafka = kafkaFor(cluster)
  const admin = kafka.admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  const producer = await connectProducer(kafka)
  const topic = 'orders'
  await producer.send({ topic, messages: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] })
  for (const groupId of ['set', 'reset']) {
    const member = await Member.join(kafka, topic, { groupId })
    await member.receives(3)
    await member.leave()
  }
  // Concurrently, because kafkajs waits for five seconds in each.
  await Promise.all([
    admin.setOffsets({ groupId: 'set', topic, partitions: [{ partition: 0, offset: '2' }] }),
    admin.resetOffsets({ groupId: 'reset', topic, earliest: true }),
  ])
  const [committed] = await admin.fetchOffsets({ groupId: 'set', topics: [topic] })
  expect(committed!.partitions).toMatchObject([{ partition: 0, offset: '2' }])
  const set = await Member.join(kafka, topic, { groupId: 'set' })
  expect((await set.receives(1)).map(({ value }) => value)).toEqual(['c'])
  const reset = await Member.join(kafka, topic, { groupId: 'reset' })
  expect((await reset.receives(3)).map(({ value }) => value)).toEqual(['a', 'b', 'c'])
})
