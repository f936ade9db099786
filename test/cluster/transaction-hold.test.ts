import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { DescribeTransactions } from '../../src/protocol/messages/index.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { recordsOf } from '../../src/record/records.ts'
import { fetchOne, isPending, leaders } from '../broker/support.ts'
import { transactionCoordinatorOf } from '../broker/transactional-producer.ts'
import { singleReplica } from '../support/single-replica.ts'
import type { TestCluster } from '../support/test-cluster.ts'
import { temporaryRoot } from './support/temporary-root.ts'
import {
  ID,
  idCoordinatedBy,
  start,
  TransactionalProducer,
} from './support/transactional-producer.ts'

const { None, ConcurrentTransactions } = ErrorCode

/** Returns the values that a consumer with `read_committed` gets; no transaction is aborted. */
async function committedIn({ connect }: TestCluster, brokerId = 1): Promise<string[]> {
  const fetched = await fetchOne(await connect(brokerId), 'orders', {}, { isolationLevel: 1 })
  expect(fetched.abortedTransactions).toEqual([])
  const batches = [...batchesOf(fetched.records ?? new Uint8Array(0))]
  const records = batches
    .filter(({ isControl }) => !isControl)
    .flatMap((each) => [...recordsOf(each)])
  return records.map(({ value }) => Buffer.from(value!).toString())
}

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
        config: { ...singleReplica, 'transaction.state.log.num.partitions': 2 },
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

  test('is not bound to the broker that coordinates the id', async () => {
    const { scene, cluster } = await start({
      brokers: 2,
      config: { 'transaction.state.log.replication.factor': 2 },
    })
    const [leader] = await leaders(scene, 'orders')
    const coordinatorId = leader === 1 ? 2 : 1
    const id = await idCoordinatedBy(coordinatorId, scene)
    const hold = cluster.transaction(id).hold('PrepareCommit')
    await cluster.broker(coordinatorId).kill()
    const brokers = { connect: (brokerId = leader) => scene.connect(brokerId) }
    const producer = await TransactionalProducer.open(brokers, id)
    await producer.send('orders', 'a')
    await producer.end(true)
    expect(await hold.reached).toMatchObject({ state: 'PrepareCommit', coordinatorId: leader })
    hold.release()
    await cluster.transaction(id).waitFor('CompleteCommit')
    expect(await committedIn(scene, leader)).toEqual(['a'])
  })

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
