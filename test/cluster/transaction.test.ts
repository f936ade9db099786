import { describe, expect, test } from 'vitest'
import type { TransactionWaitOptions } from '../../src/index.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { isPending, leaders } from '../broker/support.ts'
import { singleReplica } from '../support/single-replica.ts'
import { startClusterOn } from '../support/cluster-on.ts'
import { HeldSyncs } from '../support/held-syncs.ts'
import {
  ID,
  idCoordinatedBy,
  MINUTE_MS,
  start,
  TransactionalProducer,
} from './support/transactional-producer.ts'

const DAY_MS = 24 * 60 * MINUTE_MS

describe('the properties of a transactional id', () => {
  test('are undefined until a producer has initialized it', async () => {
    const { transaction, scene } = await start()
    const unknown = {
      exists: false,
      state: undefined,
      producerId: undefined,
      producerEpoch: undefined,
      partitions: [],
      timeoutMs: undefined,
      startTimeMs: undefined,
      ageMs: undefined,
      lastUpdateTimeMs: undefined,
      coordinatorId: undefined,
    }
    expect(transaction).toMatchObject(unknown)
    expect(transaction.describe()).toBeUndefined()
    await TransactionalProducer.open(scene, ID)
    expect(transaction).toMatchObject({ exists: true, state: 'Empty', coordinatorId: 1 })
    expect(scene.cluster.transaction('another')).toMatchObject({ ...unknown, coordinatorId: 1 })
  })

  test('are those of the open transaction, with its age by the clock', async () => {
    const { transaction, scene, clock } = await start()
    const producer = await TransactionalProducer.open(scene, ID)
    await clock.advance(1000)
    await producer.send('orders', 'a')
    const startTimeMs = clock.now()
    await clock.advance(500)
    const open = {
      transactionalId: ID,
      state: 'Ongoing',
      producerId: producer.producerId,
      producerEpoch: 0,
      partitions: [{ topic: 'orders', partition: 0 }],
      timeoutMs: MINUTE_MS,
      startTimeMs,
      ageMs: 500,
      lastUpdateTimeMs: startTimeMs,
      coordinatorId: 1,
    }
    expect(transaction.describe()).toEqual(open)
    expect(transaction).toMatchObject(open)
    await producer.end(true)
    expect(transaction.describe()).toEqual({
      ...open,
      state: 'CompleteCommit',
      partitions: [],
      startTimeMs: undefined,
      ageMs: undefined,
      lastUpdateTimeMs: clock.now(),
    })
  })

  test('cannot be read while the coordinator is not running', async () => {
    const { transaction, scene, cluster } = await start()
    await TransactionalProducer.open(scene, ID)
    await cluster.broker(1).kill()
    expect(() => transaction.state).toThrow(
      expect.objectContaining({
        code: 'PARTITION_UNAVAILABLE',
        message: `Transaction '${ID}' has no coordinator: no running broker leads its partition. Start broker 1 again`,
      }),
    )
    expect(transaction.coordinatorId).toBeUndefined()
    await cluster.broker(1).start()
    expect(transaction).toMatchObject({ state: 'Empty', coordinatorId: 1 })
  })

  test('cannot be read after the cluster was closed', async () => {
    const { transaction, scene, cluster } = await start()
    await TransactionalProducer.open(scene, ID)
    await cluster.close()
    const closed = expect.objectContaining({ code: 'CLUSTER_CLOSED' })
    expect(() => transaction.state).toThrow(closed)
    expect(() => transaction.describe()).toThrow(closed)
    expect(() => transaction.onTransition(() => {})).toThrow(closed)
    await expect(transaction.expire()).rejects.toMatchObject({ code: 'CLUSTER_CLOSED' })
    expect(transaction.coordinatorId).toBeUndefined()
    expect(cluster.transactions).toEqual([])
  })

  test('show the partitions that wait for a marker, because their leader is not running', async () => {
    const topics = [{ name: 'orders', partitions: 2 }]
    const { scene, cluster, call } = await start({ brokers: 2, topics })
    const id = await idCoordinatedBy(1, scene)
    const transaction = cluster.transaction(id)
    const producer = await TransactionalProducer.open(scene, id)
    for (const partition of [0, 1]) await producer.add('orders', partition)
    const partition = (await leaders({ call }, 'orders')).indexOf(2)
    await cluster.broker(2).kill()
    await producer.end(true)
    const waiting = transaction.waitFor('CompleteCommit')
    expect(await isPending(waiting)).toBe(true)
    expect(transaction).toMatchObject({
      state: 'PrepareCommit',
      partitions: [{ topic: 'orders', partition }],
    })
    await cluster.broker(2).start()
    expect(await waiting).toMatchObject({ previousState: 'PrepareCommit', partitions: [] })
  })

  test('end when the id expires', async () => {
    const { transaction, scene, clock } = await start()
    await TransactionalProducer.open(scene, ID)
    const dead = transaction.waitFor('Dead')
    await clock.advance(7 * DAY_MS + 1)
    expect(await dead).toMatchObject({ state: 'Dead', previousState: 'Empty', producerEpoch: 0 })
    expect(transaction.exists).toBe(false)
  })
})

test('transactions lists the ids of all running coordinators', async () => {
  const { scene, cluster } = await start({ brokers: 2, config: singleReplica })
  const ids = ['a', 'b', 'c', 'd', 'e', 'f']
  for (const id of ids.toReversed()) await TransactionalProducer.open(scene, id)
  expect(cluster.transactions.map(({ transactionalId }) => transactionalId)).toEqual(ids)
  const onFirst = cluster.transactions.filter(({ coordinatorId }) => coordinatorId === 1)
  expect(onFirst).not.toHaveLength(0)
  expect(onFirst).not.toHaveLength(ids.length)
  await cluster.broker(2).kill()
  const left = onFirst.map(({ transactionalId }) => transactionalId)
  expect(cluster.transactions.map(({ transactionalId }) => transactionalId)).toEqual(left)
})

test.each([undefined, null, '', 7])('a transactional id cannot be %j', async (id) => {
  const { cluster } = await start()
  expect(() => cluster.transaction(id as string)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  )
})

describe('waitFor', () => {
  test('resolves with the transition, also if the producer did not exist before', async () => {
    const { transaction, scene } = await start()
    const committed = transaction.waitFor('CompleteCommit')
    const aborted = transaction.waitFor(['PrepareAbort', 'CompleteAbort'])
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    await producer.end(true)
    expect(await committed).toMatchObject({ state: 'CompleteCommit', partitions: [] })
    await producer.send('orders', 'b')
    expect(await isPending(aborted)).toBe(true)
    await producer.end(false)
    expect(await aborted).toMatchObject({ state: 'PrepareAbort' })
  })

  test('resolves immediately if the id is in the state, unless the next one is wanted', async () => {
    const { transaction, scene } = await start()
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    await producer.end(true)
    expect(await transaction.waitFor('CompleteCommit')).toEqual(transaction.describe())
    const next = transaction.waitFor('CompleteCommit', { next: true })
    expect(await isPending(next)).toBe(true)
    await producer.send('orders', 'b')
    await producer.end(true)
    expect(await next).toMatchObject({ state: 'CompleteCommit', previousState: 'PrepareCommit' })
  })

  test('sees a state that is left in the same step', async () => {
    const { transaction, scene } = await start()
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    const prepared = transaction.waitFor('PrepareCommit')
    await producer.end(true)
    expect(await prepared).toMatchObject({
      state: 'PrepareCommit',
      previousState: 'Ongoing',
      partitions: [{ topic: 'orders', partition: 0 }],
    })
    expect(transaction.state).toBe('CompleteCommit')
  })

  test('waits while the coordinator is not running, and resolves with what it loads', async () => {
    const { transaction, scene, cluster } = await start()
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    await cluster.broker(1).kill()
    const open = transaction.waitFor('Ongoing')
    const next = transaction.waitFor('Ongoing', { next: true })
    expect(await isPending(open)).toBe(true)
    await cluster.broker(1).start()
    expect(await open).toMatchObject({ state: 'Ongoing' })
    expect(await isPending(next)).toBe(true)
    await cluster.close()
    await expect(next).rejects.toMatchObject({ code: 'CLUSTER_CLOSED' })
  })

  test('rejects when the cluster closes, and after it was closed', async () => {
    const { transaction, cluster } = await start()
    const waiting = transaction.waitFor('Ongoing')
    await cluster.close()
    const closed = { code: 'CLUSTER_CLOSED', message: 'The cluster is closed: start another one' }
    await expect(waiting).rejects.toMatchObject(closed)
    await expect(transaction.waitFor('Ongoing')).rejects.toMatchObject(closed)
  })

  test('rejects when its signal is aborted, and says what the transaction does', async () => {
    const { transaction, scene } = await start()
    const controller = new AbortController()
    const reason = new Error('enough')
    const waiting = transaction.waitFor('CompleteCommit', { signal: controller.signal })
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    controller.abort(reason)
    const aborted = {
      code: 'ABORTED',
      cause: reason,
      message: `The wait for transaction '${ID}' to be CompleteCommit was aborted by its signal. It is Ongoing, with producer id ${producer.producerId} and epoch 0: the producer has neither committed nor aborted`,
    }
    await expect(waiting).rejects.toMatchObject(aborted)
    const late = transaction.waitFor('CompleteCommit', { signal: controller.signal })
    await expect(late).rejects.toMatchObject(aborted)
  })

  test('rejects after timeoutMs of real time, also if the clock stands still', async () => {
    const { transaction } = await start()
    await expect(transaction.waitFor(['Ongoing', 'Empty'], { timeoutMs: 1 })).rejects.toMatchObject(
      {
        code: 'TIMEOUT',
        message: `Transaction '${ID}' was not Ongoing or Empty within 1 ms. No coordinator knows this transactional id: check that the producer uses it, and that all brokers run`,
      },
    )
  })

  test.each([
    ['Commited', {}, 'The state must be one of Empty, Ongoing, PrepareCommit'],
    [[], {}, 'The state must be one of'],
    ['completecommit', {}, "not 'completecommit' (did you mean 'CompleteCommit'?)"],
    ['Ongoing', { timeoutMs: -1 }, 'timeoutMs must be a number of milliseconds from 0 on, not -1'],
    ['Ongoing', { timeout: 1 }, 'timeout is not an option of waitFor'],
    ['Ongoing', { signal: {} }, 'signal must be an AbortSignal, not {}'],
  ])('refuses %j with %j', async (state, options, message) => {
    const { transaction } = await start()
    await expect(
      transaction.waitFor(state as 'Ongoing', options as TransactionWaitOptions),
    ).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(message) as string,
    })
  })
})

test.each([undefined, 7])('onTransition does not accept %j as a listener', async (listener) => {
  const { transaction } = await start()
  expect(() => transaction.onTransition(listener as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  )
})

test('onTransition gets every transition in order, until it is stopped', async () => {
  const { transaction, scene } = await start()
  const seen: string[] = []
  const stop = transaction.onTransition(({ previousState, state, producerEpoch, partitions }) => {
    seen.push(`${previousState} ${state} ${producerEpoch} ${partitions.length}`)
  })
  const producer = await TransactionalProducer.open(scene, ID)
  await producer.add('orders')
  await producer.end(true)
  await producer.init()
  await producer.add('orders')
  await producer.end(false)
  expect(seen).toEqual([
    'undefined Empty 0 0',
    'Empty Ongoing 0 1',
    'Ongoing PrepareCommit 0 1',
    'PrepareCommit CompleteCommit 0 0',
    'CompleteCommit Empty 1 0',
    'Empty Ongoing 1 1',
    'Ongoing PrepareAbort 1 1',
    'PrepareAbort CompleteAbort 1 0',
  ])
  stop()
  await producer.init()
  expect(seen).toHaveLength(8)
})

describe("with durability 'fsync'", () => {
  async function startHeld() {
    const fileSystem = new HeldSyncs(new MemoryFileSystem())
    const options = { topics: [{ name: 'orders' }], durability: 'fsync' } as const
    const scene = await startClusterOn(fileSystem, ['/data'], options)
    const producer = await TransactionalProducer.open(scene, ID)
    return { fileSystem, producer, transaction: scene.cluster.transaction(ID) }
  }

  test('a transition is an event when it is on the disk', async () => {
    const { fileSystem, producer, transaction } = await startHeld()
    await producer.send('orders', 'a')
    fileSystem.hold()
    const ending = producer.end(true)
    expect(await isPending(ending)).toBe(true)
    const prepared = transaction.waitFor('PrepareCommit')
    const completed = transaction.waitFor('CompleteCommit')
    expect(await isPending(prepared)).toBe(true)
    await fileSystem.release()
    expect(await prepared).toMatchObject({ state: 'PrepareCommit' })
    expect(await ending).toBe(ErrorCode.None)
    expect(await isPending(completed)).toBe(true)
    while (await isPending(completed)) await fileSystem.release()
    expect(transaction.state).toBe('CompleteCommit')
  })

  test('expire() aborts after the transition that is not on the disk yet', async () => {
    const { fileSystem, producer, transaction } = await startHeld()
    fileSystem.hold()
    const adding = producer.add('orders')
    expect(await isPending(adding)).toBe(true)
    const expiring = transaction.expire()
    expect(await isPending(expiring)).toBe(true)
    while (await isPending(expiring)) await fileSystem.release()
    await expiring
    expect(await adding).toBe(ErrorCode.None)
    while (transaction.state !== 'CompleteAbort') await fileSystem.release()
  })
})
