import { describe, expect, test } from 'vitest'
import {
  ConsumerGroupHeartbeat,
  CreatePartitions,
  ShareGroupHeartbeat,
  StreamsGroupHeartbeat,
} from '../../src/protocol/messages/index.ts'
import { Ack, GROUP, ShareClient } from '../broker/share/share-kit.ts'
import { formGroup, GroupConsumer } from './support/group-consumer.ts'
import { batch, isPending, produce, startGroupCluster, topicId } from '../broker/support.ts'

describe('a consumer group', () => {
  async function start() {
    const scene = await startGroupCluster()
    const group = scene.cluster.group('g')
    const heartbeat = (memberId: string, memberEpoch: number, fields: object = {}) =>
      scene.call(ConsumerGroupHeartbeat, 1, { groupId: 'g', memberId, memberEpoch, ...fields })
    const join = (memberId: string, subscribedTopicNames = ['orders']) =>
      heartbeat(memberId, 0, {
        rebalanceTimeoutMs: 60_000,
        subscribedTopicNames,
        topicPartitions: [],
      })
    return { ...scene, scene, group, heartbeat, join }
  }

  test('is awaited until its members own their partitions', async () => {
    const { group, heartbeat, join } = await start()
    const one = group.waitFor({ state: 'Stable', members: 1, assigned: true })
    const two = group.waitFor({ state: 'Stable', members: 2, assigned: true })
    await join('m-1')
    expect(await one).toMatchObject({ type: 'consumer', epoch: 2, members: [{ memberId: 'm-1' }] })
    await join('m-2')
    expect(group.state).toBe('Reconciling')
    const timedOut = group.waitFor({ state: 'Stable' }, { timeoutMs: 1 })
    await expect(timedOut).rejects.toThrow(/member m-1 \(.*\) at epoch 2: orders-0, orders-1$/m)
    const { assignment } = await heartbeat('m-1', 2)
    await heartbeat('m-1', 2, { topicPartitions: assignment!.topicPartitions })
    expect(await isPending(two)).toBe(true)
    await heartbeat('m-2', 3)
    const owned = (partition: number) => [{ topic: 'orders', partition }]
    expect(await two).toMatchObject({
      epoch: 3,
      members: [
        { memberId: 'm-1', epoch: 3, assignment: owned(0) },
        { memberId: 'm-2', epoch: 3, assignment: owned(1) },
      ],
    })
  })

  test('has a timeline with the cause of each epoch', async () => {
    const { group, heartbeat, join, call } = await start()
    await join('m-1')
    await join('m-2')
    await heartbeat('m-1', 2, { subscribedTopicNames: ['orders', 'payments'] })
    const topics = [{ name: 'orders', count: 3, assignments: null }]
    await call(CreatePartitions, 3, { topics, timeoutMs: 1000, validateOnly: false })
    await heartbeat('m-1', 2)
    await heartbeat('m-2', -1)
    await group.rebalance()
    expect(group.timeline.map(({ epoch, cause }) => `${epoch}: ${cause}`)).toEqual([
      '2: member m-1 joined',
      '3: member m-2 joined',
      '4: member m-1 changed its subscription',
      '5: topic orders has 3 partitions now',
      '6: member m-2 left',
      '7: requested by group.rebalance()',
    ])
    expect(group).toMatchObject({ state: 'Assigning', epoch: 7 })
  })

  test('keeps its timeline when it comes from a classic group and returns to one', async () => {
    const { group, scene, heartbeat, join } = await start()
    const classic = await GroupConsumer.open(scene, 'g')
    await formGroup([classic])
    await join('m-1')
    expect(group).toMatchObject({ type: 'consumer', members: { length: 2 } })
    await heartbeat('m-1', -1)
    expect(group.type).toBe('classic')
    expect(group.timeline.map(({ epoch, cause }) => `${epoch}: ${cause}`)).toEqual([
      `1: member ${classic.memberId} joined`,
      '1: migrated to a consumer group',
      // The member had not got its partitions, so this is one rebalance.
      '2: member m-1 joined; migrated to a classic group',
      '3: member m-1 left',
    ])
  })

  test('gives its session and its connection as causes', async () => {
    const { group, clock, join, connect } = await start()
    await join('m-1')
    const other = await connect()
    await other.call(ConsumerGroupHeartbeat, 1, {
      groupId: 'g',
      memberId: 'm-2',
      memberEpoch: 0,
      rebalanceTimeoutMs: 60_000,
      subscribedTopicNames: ['orders'],
      topicPartitions: [],
    })
    other.close()
    const left = group.waitFor({ members: 1 })
    await clock.advance(0)
    while (await isPending(left)) await clock.advance(100)
    await clock.advance(45_000)
    await group.waitFor({ state: 'Empty' })
    expect(group.timeline.slice(2).map(({ cause }) => cause)).toEqual([
      'connection of member m-2 closed',
      'session of member m-1 expired',
    ])
  })

  test('gets other offsets when it is empty, and is deleted', async () => {
    const { group, heartbeat, join, scene } = await start()
    await produce(scene, 'orders', batch(['a', 'b']))
    await join('m-1')
    await expect(group.seek('earliest')).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' })
    await heartbeat('m-1', -1)
    expect(await group.seek('latest', { topic: 'orders' })).toMatchObject([
      { offset: 2 },
      { offset: 0 },
    ])
    await group.waitFor({ caughtUp: true })
    expect(group.type).toBe('consumer')
    await group.delete()
    expect(group.exists).toBe(false)
  })
})

describe('a share group', () => {
  const MEMBER = 'KpLCbPV4SEuHE8bFX8yKVQ'

  async function start() {
    const scene = await startGroupCluster()
    const group = scene.cluster.group(GROUP)
    const heartbeat = (memberEpoch: number, fields: object = {}) =>
      scene.call(ShareGroupHeartbeat, 1, {
        groupId: GROUP,
        memberId: MEMBER,
        memberEpoch,
        ...fields,
      })
    const assigned = group.waitFor({ state: 'Stable', assigned: true })
    const { memberEpoch } = await heartbeat(0, { subscribedTopicNames: ['orders'] })
    expect(await isPending(assigned)).toBe(true)
    await heartbeat(memberEpoch)
    await assigned
    const client = new ShareClient(await scene.connect(), await topicId(scene, 'orders'), MEMBER)
    return { ...scene, scene, group, heartbeat, client }
  }

  test('is awaited until all records are acknowledged', async () => {
    const { group, scene, client } = await start()
    const unknown = { offset: undefined, lag: undefined }
    expect(group).toMatchObject({ type: 'share', offsets: [unknown, unknown] })
    await client.fetch({ partitions: [0, 1] })
    expect(group.offsets).toMatchObject([{ offset: 0, lag: 0 }, { offset: 0 }])
    await produce(scene, 'orders', batch(['a', 'b', 'c']))
    const caughtUp = group.waitFor({ caughtUp: true })
    expect(await client.acquire()).toEqual([[0, 2, 1]])
    await client.acknowledge([[1, 2, Ack.Accept]])
    expect(await isPending(caughtUp)).toBe(true)
    expect(group.offsets).toMatchObject([{ offset: 0, endOffset: 3, lag: 1 }, { lag: 0 }])
    await client.acknowledge([[0, 0, Ack.Accept]])
    expect(await caughtUp).toMatchObject({ offsets: [{ lag: 0 }, { lag: 0 }], lag: 0 })
  })

  test('is caught up when its start offset is decided and nothing follows', async () => {
    const { group, scene, client } = await start()
    await produce(scene, 'orders', batch(['before the group']))
    const caughtUp = group.waitFor({ caughtUp: true })
    expect(await isPending(caughtUp)).toBe(true)
    await client.fetch({ partitions: [0, 1] })
    expect(await caughtUp).toMatchObject({ offsets: [{ offset: 1 }, { offset: 0 }] })
  })

  test('begins a new epoch, gets other start offsets when it is empty, and is deleted', async () => {
    const { group, scene, heartbeat } = await start()
    await produce(scene, 'orders', batch(['a', 'b']))
    await group.rebalance()
    expect(group.timeline.map(({ cause }) => cause)).toEqual([
      `member ${MEMBER} joined`,
      'the share state of partitions was initialized',
      'requested by group.rebalance()',
    ])
    await expect(group.seek('earliest')).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' })
    await heartbeat(-1)
    await group.waitFor({ state: 'Empty' })
    expect(await group.seek({ offset: 1 })).toMatchObject([{ offset: 1, lag: 1 }, { offset: 0 }])
    await group.delete()
    expect(group.exists).toBe(false)
  })
})

describe('a streams group', () => {
  const subtopology = {
    subtopologyId: '0',
    sourceTopics: ['orders'],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
  }

  /** A member that joins with one subtopology. */
  const member = (sourceTopics: string[]) => ({
    groupId: 'app',
    memberId: 'a',
    memberEpoch: 0,
    endpointInformationEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    topology: { epoch: 0, subtopologies: [{ ...subtopology, sourceTopics }] },
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
    processId: 'p',
  })

  test('names the topics that are missing', async () => {
    const { cluster, call } = await startGroupCluster()
    const request = member(['orders', 'payments'])
    const { memberEpoch } = await call(StreamsGroupHeartbeat, 1, request)
    await call(StreamsGroupHeartbeat, 1, { ...request, memberEpoch, topology: null })
    const wait = cluster.group('app').waitFor({ state: 'Stable' }, { timeoutMs: 1 })
    await expect(wait).rejects.toThrow(
      'its state is NotReady (Source topics payments are missing.)',
    )
  })

  test('is awaited until its tasks are assigned', async () => {
    const { cluster, call } = await startGroupCluster()
    const group = cluster.group('app')
    const stable = group.waitFor({ state: 'Stable', assigned: true })
    await call(StreamsGroupHeartbeat, 1, member(['orders']))
    expect(await stable).toMatchObject({
      type: 'streams',
      epoch: 2,
      members: [{ memberId: 'a', assignment: [{ partition: 0 }, { partition: 1 }] }],
    })
    await group.rebalance()
    expect(group).toMatchObject({ epoch: 3 })
    expect(group.timeline.map(({ cause }) => cause)).toEqual([
      'member a joined',
      'requested by group.rebalance()',
    ])
  })
})
