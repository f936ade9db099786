import { describe, expect, test } from 'vitest'
import type { ClusterOptions, TransactionWaitOptions } from '../../src/index.ts'
import { SystemClock } from '../../src/platform/system-clock.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { DescribeTransactions } from '../../src/protocol/messages/index.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { recordsOf } from '../../src/record/records.ts'
import { fetchOne, isPending } from '../broker/support.ts'
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts'
import { temporaryRoot } from './support/temporary-root.ts'
import {
  transactionCoordinatorOf,
  TransactionalProducer,
} from './support/transactional-producer.ts'

const ID = 'shipping'
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const { None, ConcurrentTransactions, ProducerFenced } = ErrorCode

/** Starts a cluster with the topic `orders`, and returns a transactional id of it. */
async function start(options: ClusterOptions = {}) {
  const scene = await startTestCluster({ topics: [{ name: 'orders' }], ...options })
  return { ...scene, scene, transaction: scene.cluster.transaction(ID) }
}

/** Returns the values that a consumer with `read_committed` gets; no transaction is aborted. */
async function committedIn({ connect }: TestCluster): Promise<string[]> {
  const fetched = await fetchOne(await connect(), 'orders', {}, { isolationLevel: 1 })
  expect(fetched.abortedTransactions).toEqual([])
  const batches = [...batchesOf(fetched.records ?? new Uint8Array(0))]
  const records = batches
    .filter(({ isControl }) => !isControl)
    .flatMap((each) => [...recordsOf(each)])
  return records.map(({ value }) => Buffer.from(value!).toString())
}

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
  const { scene, cluster } = await start({ brokers: 2 })
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

describe('a hold', () => {
  test('stops a committed transaction before its markers, as if they were delayed on Kafka', async () => {
    const { transaction, scene, call } = await start()
    const hold = transaction.hold('PrepareCommit')
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    expect(await isPending(hold.reached)).toBe(true)
    expect(await producer.end(true)).toBe(None)
    expect(await hold.reached).toMatchObject({
      state: 'PrepareCommit',
      partitions: [{ topic: 'orders', partition: 0 }],
    })
    const { transactionStates } = await call(DescribeTransactions, 0, { transactionalIds: [ID] })
    expect(transactionStates[0]).toMatchObject({
      errorCode: None,
      transactionState: 'PrepareCommit',
    })
    expect(await producer.init()).toBe(ConcurrentTransactions)
    expect(await producer.add('orders')).toBe(ConcurrentTransactions)
    expect(await producer.end(true)).toBe(ConcurrentTransactions)
    expect(await committedIn(scene)).toEqual([])
    const committed = transaction.waitFor('CompleteCommit')
    hold.release()
    await committed
    expect(await committedIn(scene)).toEqual(['a'])
    expect(await producer.init()).toBe(None)
  })

  test('stops only transactions that end in its state', async () => {
    const { transaction, scene } = await start()
    const hold = transaction.hold('PrepareAbort')
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    await producer.end(true)
    expect(transaction.state).toBe('CompleteCommit')
    await producer.send('orders', 'b')
    await producer.end(false)
    expect(await hold.reached).toMatchObject({ state: 'PrepareAbort' })
    expect(transaction.state).toBe('PrepareAbort')
  })

  test('without a state stops every transaction of its id, and no other', async () => {
    const { transaction, scene, cluster } = await start()
    transaction.hold()
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    await producer.end(true)
    expect(transaction.state).toBe('PrepareCommit')
    const another = await TransactionalProducer.open(scene, 'another')
    await another.send('orders', 'b')
    await another.end(true)
    expect(cluster.transaction('another').state).toBe('CompleteCommit')
  })

  test('that is added to a held transaction is reached, and the last release counts', async () => {
    const { transaction, scene } = await start()
    const first = transaction.hold('PrepareCommit')
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    await producer.end(true)
    const second = transaction.hold('PrepareCommit')
    expect(await second.reached).toEqual(await first.reached)
    first.release()
    first.release()
    expect(await isPending(transaction.waitFor('CompleteCommit', { next: true }))).toBe(true)
    const committed = transaction.waitFor('CompleteCommit')
    second.release()
    expect(await committed).toMatchObject({ state: 'CompleteCommit' })
  })

  test('that is released before it is reached says so, and holds nothing', async () => {
    const { transaction, scene } = await start()
    const hold = transaction.hold('PrepareCommit')
    hold.release()
    await expect(hold.reached).rejects.toMatchObject({ code: 'ABORTED' })
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    await producer.end(true)
    expect(transaction.state).toBe('CompleteCommit')
  })

  test.each(['stop', 'kill'] as const)(
    'survives %s() and start() of the coordinator',
    async (end) => {
      const { transaction, scene, cluster } = await start({
        brokers: 2,
        config: { 'transaction.state.log.num.partitions': 2 },
      })
      const coordinatorId = await transactionCoordinatorOf(scene, ID)
      const hold = transaction.hold('PrepareCommit')
      const producer = await TransactionalProducer.open(scene, ID)
      await producer.send('orders', 'a')
      await producer.end(true)
      await hold.reached
      await cluster.broker(coordinatorId)[end]()
      await cluster.broker(coordinatorId).start()
      expect(transaction).toMatchObject({ state: 'PrepareCommit', coordinatorId })
      const committed = transaction.waitFor('CompleteCommit')
      expect(await isPending(committed)).toBe(true)
      hold.release()
      expect(await committed).toMatchObject({ state: 'CompleteCommit' })
    },
  )

  test('that is released while the coordinator is down lets the next one complete', async () => {
    const { transaction, scene, cluster } = await start()
    const hold = transaction.hold('PrepareCommit')
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    await producer.end(true)
    await cluster.broker(1).kill()
    hold.release()
    await cluster.broker(1).start()
    await transaction.waitFor('CompleteCommit')
    expect(await committedIn(scene)).toEqual(['a'])
  })

  test('ends when the cluster closes, and the next start completes the transaction', async () => {
    const dataDir = temporaryRoot()
    const first = await start({ dataDir })
    const reached = first.transaction.hold('PrepareCommit')
    const unreached = first.transaction.hold('PrepareAbort')
    const producer = await TransactionalProducer.open(first.scene, ID)
    await producer.send('orders', 'a')
    await producer.end(true)
    await first.cluster.close()
    await expect(reached.reached).resolves.toMatchObject({ state: 'PrepareCommit' })
    await expect(unreached.reached).rejects.toMatchObject({ code: 'CLUSTER_CLOSED' })
    expect(() => first.transaction.hold()).toThrow(
      expect.objectContaining({ code: 'CLUSTER_CLOSED' }),
    )
    const second = await start({ dataDir })
    await second.transaction.waitFor('CompleteCommit')
    expect(await committedIn(second.scene)).toEqual(['a'])
  })

  test('needs a state in which markers are sent', async () => {
    const { transaction } = await start()
    expect(() => transaction.hold('Ongoing' as 'PrepareCommit')).toThrow(
      "The state must be one of PrepareCommit, PrepareAbort, not 'Ongoing'",
    )
  })
})

describe('expire', () => {
  test('aborts the open transaction and fences its producer, while the clock stands still', async () => {
    const { transaction, scene } = await start()
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    const aborted = transaction.waitFor('CompleteAbort')
    await transaction.expire()
    const { producerEpoch } = await aborted
    expect(producerEpoch).toBeGreaterThan(producer.producerEpoch)
    expect(await producer.end(true)).toBe(ProducerFenced)
    expect(await producer.add('orders')).toBe(ProducerFenced)
    expect(await producer.init()).toBe(None)
    await producer.send('orders', 'b')
    expect(await producer.end(true)).toBe(None)
  })

  test('has the effect of the timeout', async () => {
    const { scene, cluster, clock } = await start()
    const outcomes = []
    for (const id of ['by time', 'by expire']) {
      const producer = await TransactionalProducer.open(scene, id)
      await producer.send('orders', 'a')
      const transaction = cluster.transaction(id)
      if (id === 'by expire') await transaction.expire()
      else await clock.advance(MINUTE_MS + 1)
      const { state, producerEpoch, producerId } = transaction
      expect(producerId).toBe(producer.producerId)
      outcomes.push({ state, producerEpoch, end: await producer.end(true) })
    }
    expect(outcomes[1]).toEqual(outcomes[0])
  })

  test('works with the system clock', async () => {
    const { transaction, scene } = await start({ clock: new SystemClock() })
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    expect(transaction.ageMs).toBeGreaterThanOrEqual(0)
    await transaction.expire()
    await transaction.waitFor('CompleteAbort', { timeoutMs: MINUTE_MS })
  })

  test('resolves when the abort is written, also if its markers are held', async () => {
    const { transaction, scene } = await start()
    const hold = transaction.hold('PrepareAbort')
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    await transaction.expire()
    expect(await hold.reached).toMatchObject({ state: 'PrepareAbort' })
    expect(transaction.state).toBe('PrepareAbort')
    hold.release()
    await transaction.waitFor('CompleteAbort')
  })

  test('needs an open transaction', async () => {
    const { transaction, scene } = await start()
    const refused = (reason: string) => ({
      code: 'NO_OPEN_TRANSACTION',
      message: `Transaction '${ID}' cannot expire: ${reason}. Wait for it first: await transaction.waitFor('Ongoing')`,
    })
    await expect(transaction.expire()).rejects.toMatchObject(
      refused('no producer has initialized this transactional id'),
    )
    const producer = await TransactionalProducer.open(scene, ID)
    await expect(transaction.expire()).rejects.toMatchObject(refused('its state is Empty'))
    transaction.hold('PrepareCommit')
    await producer.send('orders', 'a')
    await producer.end(true)
    await expect(transaction.expire()).rejects.toMatchObject(refused('its state is PrepareCommit'))
  })

  test('needs a coordinator', async () => {
    const { transaction, scene, cluster } = await start()
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    await cluster.broker(1).stop()
    await expect(transaction.expire()).rejects.toMatchObject({ code: 'PARTITION_UNAVAILABLE' })
  })
})
