import { describe, expect, test } from 'vitest'
import type { PeerBrokers } from '../../src/broker/peer-brokers.ts'
import type { InterBroker } from '../../src/cluster/inter-broker.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { DescribeTransactions, WriteTxnMarkers } from '../../src/protocol/messages/index.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import {
  createTopic,
  deleteTopic,
  fetchOne,
  leaders,
  settle,
  type Caller,
} from '../broker/support.ts'
import { transactionCoordinatorOf } from '../broker/transactional-producer.ts'
import { singleReplica } from '../support/single-replica.ts'
import { startClusterOn, type ClusterOn } from '../support/cluster-on.ts'
import { ID, TransactionalProducer } from './support/transactional-producer.ts'

type Send = PeerBrokers['send']

/** The channel between brokers, where a test decides what happens to WriteTxnMarkers. */
class Channel implements InterBroker {
  /** Receives each request of markers, and the function that delivers it. */
  onMarkers: (to: number, deliver: () => unknown) => unknown = (_, deliver) => deliver()
  readonly toController: InterBroker['toController'] = (_, direct) => direct
  readonly toBroker: InterBroker['toBroker'] = (_, deliver) => deliver
  readonly toPeer = (_: number, direct: PeerBrokers): PeerBrokers => {
    const send: Send = (...message) => {
      const [to, api] = message
      const deliver = () => direct.send(...message)
      if (api.key !== WriteTxnMarkers.key) return deliver()
      return this.onMarkers(to, deliver) as ReturnType<typeof deliver>
    }
    return { send }
  }
}

interface Scene extends ClusterOn {
  readonly channel: Channel
  readonly producer: TransactionalProducer
  /** The broker that coordinates the transactions, and another one that leads `orders`. */
  readonly coordinator: number
  readonly leader: number
}

/**
 * Starts two brokers. One coordinates the transactional id, the other one leads `orders`, to which
 * the producer has sent a record.
 */
async function start(): Promise<Scene> {
  const channel = new Channel()
  const options = {
    brokers: 2,
    config: { 'transaction.state.log.num.partitions': '1', ...singleReplica },
  }
  const on = await startClusterOn(new MemoryFileSystem(), ['/data'], options, {
    interBroker: channel,
  })
  const caller = await on.connect()
  const coordinator = await transactionCoordinatorOf(caller, ID)
  // The brokers take turns as leaders of new topics.
  let leader = coordinator
  for (let attempt = 0; leader === coordinator; attempt++) {
    if (attempt > 0) await deleteTopic(caller, 'orders')
    await createTopic(caller, 'orders')
    ;[leader = coordinator] = await leaders(caller, 'orders')
  }
  const producer = await TransactionalProducer.open(on, ID)
  expect(await producer.send('orders', 'a')).toBe(ErrorCode.None)
  return { ...on, channel, producer, coordinator, leader }
}

/** Returns the state of the transaction, from its coordinator. */
async function stateOf(caller: Caller): Promise<string> {
  const request = { transactionalIds: [ID] }
  const { transactionStates } = await caller.call(DescribeTransactions, 0, request)
  return transactionStates[0]!.transactionState
}

/** Returns the last stable offset, and whether each batch of `orders` is a marker. */
async function ordersOn(caller: Caller) {
  const { lastStableOffset, records } = await fetchOne(caller, 'orders')
  const markers = [...batchesOf(records!)].map(({ isControl }) => isControl)
  return { lastStableOffset, markers }
}

describe('the markers of a transaction', () => {
  test('reach the leaders on other brokers', async () => {
    const { producer, connect, coordinator, leader } = await start()
    expect(await producer.end(true)).toBe(ErrorCode.None)
    expect(await stateOf(await connect(coordinator))).toBe('CompleteCommit')
    expect(await ordersOn(await connect(leader))).toEqual({
      lastStableOffset: 2,
      markers: [false, true],
    })
  })

  test('are sent again after a lost request', async () => {
    const { producer, channel, clock, connect, coordinator, leader } = await start()
    channel.onMarkers = () => undefined
    expect(await producer.end(true)).toBe(ErrorCode.None)
    const caller = await connect(coordinator)
    expect(await stateOf(caller)).toBe('PrepareCommit')
    await clock.advance(1000)
    expect(await stateOf(caller)).toBe('PrepareCommit')
    channel.onMarkers = (_, deliver) => deliver()
    await clock.advance(50)
    expect(await stateOf(caller)).toBe('CompleteCommit')
    expect(await ordersOn(await connect(leader))).toMatchObject({ markers: [false, true] })
  })

  test('are written twice after a lost response, which changes nothing for consumers', async () => {
    const { producer, channel, clock, connect, coordinator, leader } = await start()
    channel.onMarkers = (_, deliver) => void deliver()
    await producer.end(false)
    channel.onMarkers = (_, deliver) => deliver()
    await clock.advance(50)
    expect(await stateOf(await connect(coordinator))).toBe('CompleteAbort')
    const caller = await connect(leader)
    expect(await ordersOn(caller)).toEqual({ lastStableOffset: 3, markers: [false, true, true] })
    const { abortedTransactions } = await fetchOne(caller, 'orders', {}, { isolationLevel: 1 })
    expect(abortedTransactions).toHaveLength(1)
  })

  test.each(['stop', 'kill'] as const)(
    'wait for a leader whose broker has ended with %s()',
    async (end) => {
      const { cluster, producer, clock, connect, coordinator, leader } = await start()
      await cluster.broker(leader)[end]()
      expect(await producer.end(true)).toBe(ErrorCode.None)
      await clock.advance(60_000)
      const caller = await connect(coordinator)
      expect(await stateOf(caller)).toBe('PrepareCommit')
      await cluster.broker(leader).start()
      await clock.advance(50)
      expect(await stateOf(caller)).toBe('CompleteCommit')
      expect(await ordersOn(await connect(leader))).toMatchObject({ markers: [false, true] })
    },
  )

  test('are sent by the restarted coordinator if it had prepared the transaction', async () => {
    const { cluster, producer, channel, connect, coordinator, leader } = await start()
    channel.onMarkers = () => undefined
    await producer.end(true)
    await cluster.broker(coordinator).kill()
    channel.onMarkers = (_, deliver) => deliver()
    await cluster.broker(coordinator).start()
    await settle()
    expect(await stateOf(await connect(coordinator))).toBe('CompleteCommit')
    expect(await ordersOn(await connect(leader))).toEqual({
      lastStableOffset: 2,
      markers: [false, true],
    })
  })

  test('are not sent by a coordinator that has closed', async () => {
    const { cluster, producer, channel, clock, coordinator } = await start()
    channel.onMarkers = () => undefined
    await producer.end(true)
    await cluster.broker(coordinator).stop()
    const sent: number[] = []
    channel.onMarkers = (to) => void sent.push(to)
    await clock.advance(60_000)
    expect(sent).toEqual([])
  })

  test('are not needed in a topic that is deleted while they wait', async () => {
    const { producer, channel, connect, coordinator } = await start()
    channel.onMarkers = () => undefined
    await producer.end(true)
    const caller = await connect(coordinator)
    await deleteTopic(caller, 'orders')
    await settle()
    expect(await stateOf(caller)).toBe('CompleteCommit')
  })

  test('a broker that dies before it answers gets them again', async () => {
    const { cluster, producer, channel, clock, connect, coordinator, leader } = await start()
    let answer: (response: undefined) => void
    channel.onMarkers = () => new Promise((resolve) => (answer = resolve))
    await producer.end(true)
    await cluster.broker(leader).kill()
    answer!(undefined)
    channel.onMarkers = (_, deliver) => deliver()
    await cluster.broker(leader).start()
    await clock.advance(50)
    expect(await stateOf(await connect(coordinator))).toBe('CompleteCommit')
  })
})
