import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type {
  ClusterOptions,
  GroupConditions,
  GroupSeekTarget,
  GroupWaitOptions,
} from '../../src/index.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { CreateTopics } from '../../src/protocol/messages/index.ts'
import {
  batch,
  commit,
  coordinatorOf,
  foreignGroup,
  isPending,
  produce,
} from '../broker/support.ts'
import { startClusterOn } from '../support/cluster-on.ts'
import { HeldSyncs } from '../support/held-syncs.ts'
import { startTestCluster } from '../support/test-cluster.ts'
import { formGroup, GroupConsumer } from './support/group-consumer.ts'
import { TransactionalProducer } from './support/transactional-producer.ts'

const ID = 'billing'

async function start(options: ClusterOptions = {}) {
  const topics = [{ name: 'orders', partitions: 2 }]
  const scene = await startTestCluster({ topics, ...options })
  const open = () => GroupConsumer.open(scene, ID)
  return { ...scene, scene, open, group: scene.cluster.group(ID) }
}

/** A stable group of two consumers, with three records in partition 0. */
async function startStable(options: ClusterOptions = {}) {
  const started = await start(options)
  const [a, b] = [await started.open(), await started.open()]
  await formGroup([a, b])
  await produce(started.scene, 'orders', batch(['1', '2', '3']))
  return { ...started, a, b }
}

describe('the properties of a group', () => {
  test('are undefined or empty until it exists', async () => {
    const { group, cluster, call } = await start()
    const unknown = {
      exists: false,
      type: undefined,
      state: undefined,
      epoch: undefined,
      members: [],
      offsets: [],
      lag: undefined,
      timeline: [],
    }
    expect(group).toMatchObject({ ...unknown, coordinatorId: undefined })
    expect(group.describe()).toBeUndefined()
    await coordinatorOf({ call }, ID)
    expect(group).toMatchObject({ ...unknown, coordinatorId: 1 })
    expect(cluster.groups).toEqual([])
  })

  test('show members with assignment and lag, and committed offsets', async () => {
    const { group, a, b } = await startStable()
    expect(await a.commit(1)).toBe(ErrorCode.None)
    const first = { topic: 'orders', partition: 0, offset: 1, metadata: '', endOffset: 3, lag: 2 }
    const second = {
      topic: 'orders',
      partition: 1,
      offset: undefined,
      metadata: '',
      endOffset: 0,
      lag: undefined,
    }
    const member = { instanceId: undefined, clientId: 'test', clientHost: '/127.0.0.1', epoch: 1 }
    expect(group.describe()).toEqual({
      groupId: ID,
      type: 'classic',
      state: 'Stable',
      epoch: 1,
      members: [
        { ...member, memberId: a.memberId, assignment: [first], lag: 2 },
        { ...member, memberId: b.memberId, assignment: [second], lag: undefined },
      ],
      offsets: [first, second],
      lag: undefined,
      coordinatorId: 1,
    })
    expect(group).toMatchObject({ exists: true, ...group.describe() })
    await b.commit(0, 1)
    expect(group.lag).toBe(2)
    expect(group.members.map(({ lag }) => lag)).toEqual([2, 0])
  })

  test('cannot be read while the coordinator is not running, except the timeline', async () => {
    const { group, cluster } = await startStable()
    await cluster.broker(1).kill()
    expect(() => group.state).toThrow(
      expect.objectContaining({
        code: 'PARTITION_UNAVAILABLE',
        message: `Group '${ID}' has no coordinator: no running broker leads its partition. Start broker 1 again`,
      }),
    )
    expect(group.coordinatorId).toBeUndefined()
    expect(group.timeline).toHaveLength(1)
    await cluster.broker(1).start()
    expect(group).toMatchObject({ state: 'Stable', coordinatorId: 1 })
  })

  test('cannot be read after the cluster was closed', async () => {
    const { group, cluster } = await startStable()
    await cluster.close()
    const closed = { code: 'CLUSTER_CLOSED' }
    expect(() => group.state).toThrow(expect.objectContaining(closed))
    await expect(group.rebalance()).rejects.toMatchObject(closed)
    await expect(group.seek('latest')).rejects.toMatchObject(closed)
    await expect(group.delete()).rejects.toMatchObject(closed)
    expect(cluster.groups).toEqual([])
  })
})

test('groups lists the groups of all running coordinators', async () => {
  const { cluster, scene } = await start({ brokers: 2 })
  const elsewhere = await foreignGroup(scene)
  for (const id of [elsewhere, 'a']) {
    const caller = await scene.connect(await coordinatorOf(scene, id))
    await commit(caller, id)
  }
  expect(cluster.groups.map(({ groupId }) => groupId)).toEqual(['a', elsewhere].sort())
})

test.each([undefined, null, '', 7])('a group id cannot be %j', async (id) => {
  const { cluster } = await start()
  expect(() => cluster.group(id as string)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  )
})

describe('the timeline', () => {
  test('has each rebalance with its generation, its cause and its times', async () => {
    const { group, open, clock } = await start()
    const a = await open()
    await a.join()
    await clock.advance(10)
    await a.sync()
    const startTimeMs = clock.now()
    const b = await open()
    const joining = b.join('I am new')
    expect(await isPending(joining)).toBe(true)
    await a.join()
    await joining
    expect(group.timeline).toEqual([
      {
        epoch: 1,
        cause: `member ${a.memberId} joined`,
        startTimeMs: startTimeMs - 10,
        stableTimeMs: startTimeMs,
      },
      {
        epoch: 2,
        cause: `member ${b.memberId} joined: I am new`,
        startTimeMs,
        stableTimeMs: undefined,
      },
    ])
  })

  test('combines the causes of one rebalance, and names at most 10', async () => {
    const { group, open } = await start()
    const consumers = await Promise.all(Array.from({ length: 12 }, open))
    await formGroup(consumers)
    const { cause } = group.timeline[0]!
    expect(cause.split('; ')).toHaveLength(11)
    expect(cause).toMatch(/ joined; and 2 more$/)
    expect(group.timeline).toHaveLength(1)
  })

  test('keeps the last 100, also when the coordinator moves, until the group is deleted', async () => {
    const { group, open, cluster } = await start()
    const a = await open()
    await formGroup([a])
    for (let generation = 2; generation <= 102; generation++) {
      await a.join()
      await a.sync()
    }
    expect(group.timeline.map(({ epoch }) => epoch)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 3),
    )
    await cluster.broker(1).stop()
    await cluster.broker(1).start()
    expect(group.timeline).toHaveLength(100)
    await (await open()).leave()
    await group.waitFor({ state: 'Stable' })
    await Object.assign(await open(), { memberId: a.memberId }).leave()
    await group.delete()
    expect(group.timeline).toEqual([])
  })
})

describe('waitFor', () => {
  test('resolves with the change that fulfils it, also if the group did not exist', async () => {
    const { group, open } = await start()
    const stable = group.waitFor({ state: 'Stable', members: 2, assigned: true })
    const [a, b] = [await open(), await open()]
    await Promise.all([a.join(), b.join()])
    expect(await isPending(stable)).toBe(true)
    await formGroup([a, b])
    expect(await stable).toEqual(group.describe())
  })

  test('resolves immediately if the conditions hold', async () => {
    const { group } = await startStable()
    const description = await group.waitFor({ state: ['Empty', 'Stable'], assigned: 2 })
    expect(description).toEqual(group.describe())
  })

  test('sees states that last only for a moment', async () => {
    const { group, open } = await start()
    const preparing = group.waitFor({ state: 'PreparingRebalance', members: 1 })
    const completing = group.waitFor({ state: 'CompletingRebalance' })
    const a = await open()
    await a.join()
    await a.sync()
    expect(await preparing).toMatchObject({ state: 'PreparingRebalance', epoch: 0 })
    expect(await completing).toMatchObject({ state: 'CompletingRebalance', epoch: 1 })
    expect(group.state).toBe('Stable')
  })

  test('does not take a stable group for complete whose member is just leaving', async () => {
    const { group, a, b } = await startStable()
    const one = group.waitFor({ state: 'Stable', members: 1 })
    await b.leave()
    expect(await isPending(one)).toBe(true)
    await a.join()
    await a.sync({ [a.memberId]: [0, 1] })
    expect(await one).toMatchObject({ epoch: 2 })
  })

  test('waits until all partitions of subscribed topics are assigned', async () => {
    const { group, open, call } = await start()
    const assigned = group.waitFor({ assigned: true })
    const a = await open()
    await a.join()
    await a.sync({ [a.memberId]: [1] })
    expect(await isPending(assigned)).toBe(true)
    await a.join()
    await a.sync({ [a.memberId]: [0, 1] })
    expect(await assigned).toMatchObject({ epoch: 2 })
    const other = { name: 'payments', numPartitions: 1, replicationFactor: 1 }
    await call(CreateTopics, 5, {
      topics: [{ ...other, assignments: [], configs: [] }],
      timeoutMs: 1000,
    })
    await group.waitFor({ assigned: true })
  })

  test('waits until the committed offsets reach the ends of all partitions', async () => {
    const { group, a, b, scene } = await startStable()
    const caughtUp = group.waitFor({ caughtUp: true })
    await a.commit(2)
    expect(await isPending(caughtUp)).toBe(true)
    await a.commit(3)
    expect(await caughtUp).toMatchObject({ offsets: [{ lag: 0 }, { offset: undefined }] })
    await produce(scene, 'orders', batch(['4']), { partition: 1 })
    const again = group.waitFor({ caughtUp: true })
    expect(await isPending(again)).toBe(true)
    await b.commit(1, 1)
    expect(await again).toMatchObject({ lag: 0 })
  })

  test('does not wait for markers, nor for the records of aborted transactions', async () => {
    const { group, a, scene } = await startStable()
    await a.commit(3)
    const producer = await TransactionalProducer.open(scene, 'shipping')
    await producer.send('orders', 'a')
    await producer.end(true)
    await producer.send('orders', 'b')
    await producer.end(false)
    const caughtUp = group.waitFor({ caughtUp: true })
    expect(await isPending(caughtUp)).toBe(true)
    await a.commit(4)
    expect(await caughtUp).toMatchObject({ offsets: [{ offset: 4, endOffset: 7, lag: 3 }, {}] })
  })

  test('waits for the end of open transactions', async () => {
    const { group, a, scene } = await startStable()
    await a.commit(3)
    const producer = await TransactionalProducer.open(scene, 'shipping')
    await producer.send('orders', 'a')
    const waiting = group.waitFor({ caughtUp: true }, { timeoutMs: 1 })
    await expect(waiting).rejects.toThrow('orders-0 has an open transaction')
    const caughtUp = group.waitFor({ caughtUp: true })
    expect(await isPending(caughtUp)).toBe(true)
    await producer.end(false)
    expect(await caughtUp).toMatchObject({ offsets: [{ offset: 3, endOffset: 5 }, {}] })
  })

  test('waits until the group is deleted, or resolves if there is none', async () => {
    const { group, cluster, a, b } = await startStable()
    expect(await cluster.group('another').waitFor({ state: 'Dead' })).toMatchObject({ members: [] })
    const dead = group.waitFor({ state: 'Dead' })
    await a.leave()
    await b.leave()
    await group.waitFor({ state: 'Empty', members: 0 })
    expect(await isPending(dead)).toBe(true)
    await group.delete()
    expect(await dead).toMatchObject({ groupId: ID, state: 'Dead' })
    expect(group.exists).toBe(false)
  })

  test('a group that does not exist has no members and is not caught up', async () => {
    const { group } = await start()
    const state = ['Dead', 'Empty'] as const
    expect(await group.waitFor({ state, members: 0, assigned: 0 })).toMatchObject({ state: 'Dead' })
    const others = [
      { state, members: 1 },
      { state, assigned: true },
      { state, caughtUp: true },
    ]
    for (const conditions of [...others, { members: 0 }] as const) {
      const wait = group.waitFor(conditions as GroupConditions, { timeoutMs: 1 })
      await expect(wait).rejects.toThrow('it does not exist. Check the group id')
    }
  })

  test('waits while the coordinator is not running, and resolves with what it loads', async () => {
    const { group, cluster } = await startStable()
    await cluster.broker(1).kill()
    const stable = group.waitFor({ state: 'Stable' })
    const message = 'no running broker coordinates it. Start broker 1 again'
    await expect(group.waitFor({ members: 1 }, { timeoutMs: 1 })).rejects.toThrow(message)
    expect(await isPending(stable)).toBe(true)
    await cluster.broker(1).start()
    expect(await stable).toMatchObject({ epoch: 1 })
  })

  test('rejects when the cluster closes, and after it was closed', async () => {
    const { group, cluster } = await start()
    const waiting = group.waitFor({ members: 1 })
    await cluster.close()
    const closed = { code: 'CLUSTER_CLOSED' }
    await expect(waiting).rejects.toMatchObject(closed)
    await expect(group.waitFor({ members: 1 })).rejects.toMatchObject(closed)
  })

  test('rejects when its signal is aborted', async () => {
    const { group } = await start()
    const controller = new AbortController()
    const reason = new Error('enough')
    const waiting = group.waitFor({ members: 1 }, { signal: controller.signal })
    controller.abort(reason)
    const aborted = {
      code: 'ABORTED',
      cause: reason,
      message: `The wait for { members: 1 } of group '${ID}' was aborted by its signal: it does not exist. Check the group id, and that the program under test has started`,
    }
    await expect(waiting).rejects.toMatchObject(aborted)
    const late = group.waitFor({ members: 1 }, { signal: controller.signal })
    await expect(late).rejects.toMatchObject(aborted)
  })

  test('any number of waits may have the same signal', async () => {
    const { group } = await start()
    const onWarning = vi.fn()
    process.on('warning', onWarning)
    onTestFinished(() => void process.off('warning', onWarning))
    const controller = new AbortController()
    const { signal } = controller
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((members) =>
      group.waitFor({ members }, { signal }),
    )
    const ends = Promise.allSettled(waits)
    controller.abort()
    expect((await ends).every(({ status }) => status === 'rejected')).toBe(true)
    await new Promise(setImmediate)
    expect(onWarning).not.toHaveBeenCalled()
  })

  test('rejects after timeoutMs of real time, and prints what was missing and the group', async () => {
    const { group, a, b, clock } = await startStable()
    await a.commit(1)
    await clock.advance(5)
    await b.leave()
    const conditions = { state: 'Stable', members: 2, assigned: true, caughtUp: true } as const
    await expect(group.waitFor(conditions, { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: `Group '${ID}' did not reach { state: 'Stable', members: 2, assigned: true, caughtUp: true } within 1 ms: its state is PreparingRebalance, and it has 1 member, and no member owns orders-0, orders-1, and orders-0 has a lag of 2 (offset 1 of 3)
classic group '${ID}': PreparingRebalance, generation 1, 1 member, coordinated by broker 1
  member ${a.memberId} (client test, /127.0.0.1): no partitions
  orders-0: offset 1, end 3, lag 2
  generation 2, 0 ms ago: member ${b.memberId} left
  generation 1, 5 ms ago, stable after 0 ms: member ${a.memberId} joined; member ${b.memberId} joined`,
    })
  })

  test.each<[unknown, unknown, string]>([
    [{}, {}, 'waitFor needs a condition: state, members, assigned or caughtUp'],
    [{ state: 'stable' }, {}, "not 'stable' (did you mean 'Stable'?)"],
    [{ state: [] }, {}, 'state must be the name of a state, or a list of them, not []'],
    [{ member: 1 }, {}, 'member is not an option of waitFor (did you mean members?)'],
    [{ members: -1 }, {}, 'members must be a whole number, not -1'],
    [{ assigned: false }, {}, 'assigned must be true or a number of partitions, not false'],
    [{ caughtUp: false }, {}, 'caughtUp must be true, not false'],
    [{ members: 1 }, { timeoutMs: -1 }, 'timeoutMs must be a number of milliseconds from 0 on'],
    [{ members: 1 }, { timeout: 1 }, 'timeout is not an option of waitFor'],
    [{ members: 1 }, { signal: {} }, 'signal must be an AbortSignal, not {}'],
  ])('refuses %j with %j', async (conditions, options, message) => {
    const { group } = await start()
    const waiting = group.waitFor(conditions as GroupConditions, options as GroupWaitOptions)
    await expect(waiting).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(message) as string,
    })
  })

  test("with durability 'fsync' resolves when the change is on the disk", async () => {
    const fileSystem = new HeldSyncs(new MemoryFileSystem())
    const options = { topics: [{ name: 'orders' }], durability: 'fsync' } as const
    const scene = await startClusterOn(fileSystem, ['/data'], options)
    const group = scene.cluster.group(ID)
    const a = await GroupConsumer.open(scene, ID)
    await a.join()
    fileSystem.hold()
    const syncing = a.sync()
    expect(await isPending(syncing)).toBe(true)
    const stable = group.waitFor({ state: 'Stable' })
    expect(await isPending(stable)).toBe(true)
    while (await isPending(stable)) await fileSystem.release()
    await syncing
  })
})

describe('rebalance', () => {
  test('makes the members join again', async () => {
    const { group, a, b } = await startStable()
    await group.rebalance()
    expect(group.state).toBe('PreparingRebalance')
    await group.rebalance()
    await formGroup([a, b])
    expect(group).toMatchObject({ state: 'Stable', epoch: 2 })
    expect(group.timeline).toMatchObject([
      { epoch: 1 },
      { epoch: 2, cause: 'requested by group.rebalance()' },
    ])
  })

  test('needs members', async () => {
    const { group, call } = await start()
    await expect(group.rebalance()).rejects.toMatchObject({ code: 'UNKNOWN_GROUP' })
    await coordinatorOf({ call }, ID)
    await commit({ call }, ID)
    await expect(group.rebalance()).rejects.toMatchObject({ code: 'GROUP_EMPTY' })
  })
})

describe('seek', () => {
  test('refuses properties that it does not know, and an empty list', async () => {
    const { group } = await start()
    await group.seek('earliest', { topic: 'orders' })
    const wrong = [{ topic: 'orders', partitions: [0] }, { partition: 0 }, 'orders', null]
    for (const each of wrong) {
      const seeking = group.seek('earliest', each as unknown as { topic: string })
      await expect(seeking).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    }
    const target = { offset: 1, partition: 0 } as GroupSeekTarget
    await expect(group.seek(target)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(group.seek('latest', [])).rejects.toThrow('omit it for all partitions')
  })

  test.each<[GroupSeekTarget, number]>([
    ['earliest', 0],
    ['latest', 3],
    [{ offset: 1 }, 1],
    [{ offset: 99 }, 3],
    [{ timestampMs: 2000 }, 1],
    [{ timestampMs: 9000 }, 3],
  ])('to %j sets the offsets of all partitions that have one', async (target, offset) => {
    const { group, scene } = await start()
    await produce(scene, 'orders', batch(['1', '2', '3'], { timestamps: [1000, 2000, 3000] }))
    await group.seek({ offset: 2 }, { topic: 'orders', partition: 0 })
    const expected = [{ topic: 'orders', partition: 0, offset, endOffset: 3, lag: 3 - offset }]
    expect(await group.seek(target)).toMatchObject(expected)
    expect(group.offsets).toMatchObject(expected)
  })

  test('sets the offsets of topics and partitions, and creates the group', async () => {
    const { group } = await start()
    expect(await group.seek('latest', [{ topic: 'orders' }])).toMatchObject([
      { partition: 0, offset: 0 },
      { partition: 1, offset: 0 },
    ])
    expect(group).toMatchObject({ type: 'classic', state: 'Empty' })
  })

  test('is refused while the group has members', async () => {
    const { group, a, b } = await startStable()
    await a.commit(1)
    await expect(group.seek('latest')).rejects.toMatchObject({
      code: 'GROUP_NOT_EMPTY',
      message: `Group '${ID}' cannot seek while it has 2 members (${a.memberId}, ${b.memberId}): stop them, then await group.waitFor({ state: 'Empty' })`,
    })
  })

  test.each<[unknown, unknown, string, string]>([
    ['first', [], 'INVALID_OPTION', "The target must be 'earliest', 'latest', { offset }"],
    [{ offset: -1 }, [], 'INVALID_OPTION', 'not { offset: -1 }'],
    [{ offset: 1, timestampMs: 1 }, [], 'INVALID_OPTION', 'The target must be'],
    ['latest', undefined, 'INVALID_OPTION', 'has no committed offsets: name the topics'],
    ['latest', [], 'INVALID_OPTION', 'The list of partitions is empty: omit it'],
    ['latest', { partition: 1 }, 'INVALID_OPTION', 'The partitions must be { topic, partition? }'],
    ['latest', { topic: 'order' }, 'UNKNOWN_TOPIC', "There is no topic 'order'"],
    ['latest', { topic: 'orders', partition: 2 }, 'UNKNOWN_PARTITION', 'has no partition 2'],
  ])('refuses %j of %j', async (target, partitions, code, message) => {
    const { group } = await start()
    const seeking = group.seek(target as GroupSeekTarget, partitions as { topic: string })
    await expect(seeking).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    })
  })
})

describe('delete', () => {
  test('deletes an empty group with its offsets', async () => {
    const { group, call, cluster } = await start()
    await coordinatorOf({ call }, ID)
    await commit({ call }, ID)
    await group.delete()
    expect(group.exists).toBe(false)
    expect(cluster.groups).toEqual([])
    await expect(group.delete()).rejects.toMatchObject({ code: 'UNKNOWN_GROUP' })
  })

  test('is refused while the group has members', async () => {
    const { group } = await startStable()
    await expect(group.delete()).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' })
  })
})
