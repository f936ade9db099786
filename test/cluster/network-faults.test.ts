import { describe, expect, test } from 'vitest'
import type { ClusterOptions, NetworkEnd } from '../../src/index.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { Metadata } from '../../src/protocol/messages/index.ts'
import { createTopic, isPending, metadataRequest, type Caller } from '../broker/support.ts'
import { startTestCluster } from '../support/test-cluster.ts'

/** `broker.session.timeout.ms` of profile `test`. */
const SESSION_MS = 500
/** The time after which a broker notices that a message was lost. */
const SOCKET_TIMEOUT_MS = 30_000

async function startOf(brokers: number, options: ClusterOptions = {}) {
  const topics = [{ name: 'orders', partitions: 6, replicas: Math.min(2, brokers) }]
  return startTestCluster({ brokers, topics, ...options })
}

async function leadersOf(caller: Caller, name = 'orders'): Promise<number[]> {
  const { topics } = await caller.call(Metadata, 12, metadataRequest([{ name }]))
  return topics[0]!.partitions.map(({ leaderId }) => leaderId)
}

describe('a broker that does not reach the controller', () => {
  test('is named as a leader until its session is over, and then fenced until it is back', async () => {
    const { cluster, clock, connect } = await startOf(3)
    const other = await connect(1)
    const before = await leadersOf(other)
    expect(before).toContain(2)
    const fault = cluster.network.cut(2, 'controller')
    await clock.advance(SESSION_MS - 1)
    expect(await leadersOf(other)).toEqual(before)
    expect(cluster.broker(2)).toMatchObject({ isRunning: true, state: 'active' })
    await clock.advance(1)
    expect(await leadersOf(other)).not.toContain(2)
    expect(cluster.broker(2)).toMatchObject({ isRunning: true, state: 'fenced' })
    await fault.heal()
    expect(cluster.broker(2).state).toBe('active')
    // It has missed no change, and takes part in new partitions.
    expect(await leadersOf(await connect(2))).toEqual(await leadersOf(other))
  })

  test('keeps its metadata until the link is restored', async () => {
    const { cluster, clock, connect } = await startOf(3)
    const own = await connect(2)
    const before = await leadersOf(own)
    const fault = cluster.network.cut(2, 'controller')
    expect(await createTopic(await connect(1), 'new')).toBe(ErrorCode.None)
    await clock.advance(SESSION_MS)
    expect(await leadersOf(own)).toEqual(before)
    expect(await leadersOf(own, 'new')).toEqual([])
    await fault.heal()
    expect(await leadersOf(own, 'new')).toHaveLength(1)
    expect(await leadersOf(own)).not.toEqual(before)
  })

  test('has its replicas in sync again when it is back, although nothing is appended', async () => {
    const topics = [{ name: 'orders', partitions: 3, replicas: 3 }]
    const { cluster, clock } = await startOf(3, { topics })
    const fault = cluster.network.cut(2, 'controller')
    await clock.advance(SESSION_MS)
    for (const { isr, leader } of cluster.topic('orders').partitions) {
      expect(isr).toHaveLength(2)
      expect(leader).not.toBe(2)
    }
    await fault.heal()
    await cluster.inSync()
    expect(cluster.topic('orders').partition(0).isr).toHaveLength(3)
  })

  test('stays in service if the link is restored before its session is over', async () => {
    const { cluster, clock, connect } = await startOf(2)
    const other = await connect(1)
    const before = await leadersOf(other)
    const fault = cluster.network.cut(1, 2)
    await clock.advance(SESSION_MS - 1)
    await fault.heal()
    await clock.advance(SESSION_MS)
    expect(await leadersOf(other)).toEqual(before)
  })

  test('holds the requests of clients for the controller until the link is restored', async () => {
    const { cluster, clock, connect } = await startOf(2)
    const fault = cluster.network.cut(2, 'controller')
    const created = createTopic(await connect(2), 'late')
    await clock.advance(SOCKET_TIMEOUT_MS - 1)
    expect(await isPending(created)).toBe(true)
    await fault.heal()
    expect(await created).toBe(ErrorCode.None)
  })

  test('answers such a request with REQUEST_TIMED_OUT after 30 s', async () => {
    const { cluster, clock, connect } = await startOf(2)
    cluster.network.cut(2, 'controller')
    const created = createTopic(await connect(2), 'never')
    const other = await connect(1)
    await clock.advance(SOCKET_TIMEOUT_MS)
    expect(await created).toBe(ErrorCode.RequestTimedOut)
    expect(await leadersOf(other, 'never')).toEqual([])
  })

  test('stops without the controller, and is fenced after its session', async () => {
    const { cluster, clock } = await startOf(2)
    cluster.network.cut(2, 'controller')
    await cluster.broker(2).stop()
    expect(cluster.broker(2)).toMatchObject({ isRunning: false, state: 'active' })
    const fenced = cluster.broker(2).waitFor('fenced')
    await clock.advance(SESSION_MS)
    await fenced
  })
})

describe('clients that do not reach a broker', () => {
  test('keep their connections, and get their responses when the link is restored', async () => {
    const { cluster, connect } = await startOf(2)
    const own = await connect(2)
    const fault = cluster.network.cut('clients', 2)
    const answered = leadersOf(own)
    const fresh = connect(2).then((caller) => leadersOf(caller))
    expect(await leadersOf(await connect(1))).toHaveLength(6)
    expect(await isPending(answered)).toBe(true)
    expect(await isPending(fresh)).toBe(true)
    expect(own.isClosed).toBe(false)
    await fault.heal()
    expect(await answered).toEqual(await fresh)
  })

  test('may send requests whose responses do not arrive', async () => {
    const { cluster, connect } = await startOf(2)
    const own = await connect(2)
    const fault = cluster.network.cutOneWay(2, 'clients')
    const created = createTopic(own, 'silent')
    const other = await connect(1)
    while ((await leadersOf(other, 'silent')).length === 0);
    expect(await isPending(created)).toBe(true)
    await fault.heal()
    expect(await created).toBe(ErrorCode.None)
  })
})

describe('an isolated broker', () => {
  test('is cut off from the controller and from clients', async () => {
    const { cluster, clock, connect } = await startOf(3)
    const own = await connect(2)
    const fault = cluster.broker(2).isolate()
    const answered = leadersOf(own)
    const fenced = cluster.broker(2).waitFor('fenced')
    await clock.advance(SESSION_MS)
    await fenced
    expect(await isPending(answered)).toBe(true)
    await fault.heal()
    // The request has arrived in the same moment as the metadata.
    expect(await answered).toHaveLength(6)
    expect(cluster.broker(2).state).toBe('active')
  })
})

describe('a slow network', () => {
  test('delays requests and responses of clients by the clock', async () => {
    const { cluster, clock, connect } = await startOf(1)
    const caller = await connect()
    const fault = cluster.broker(1).slowNetwork({ ms: 10 })
    const answered = leadersOf(caller)
    expect(await isPending(answered)).toBe(true)
    await clock.advance(19)
    expect(await isPending(answered)).toBe(true)
    await clock.advance(1)
    expect(await answered).toEqual([1, 1, 1, 1, 1, 1])
    await fault.heal()
    expect(await leadersOf(caller)).toEqual([1, 1, 1, 1, 1, 1])
  })

  test('delays requests for the controller, and the metadata that follow from them', async () => {
    const { cluster, clock, connect } = await startOf(2)
    const [first, second] = [await connect(1), await connect(2)]
    const fault = cluster.network.delay(1, 2, { ms: 10 })
    const created = createTopic(await connect(2), 'slow')
    expect(await isPending(created)).toBe(true)
    await clock.advance(10)
    expect(await leadersOf(first, 'slow')).toHaveLength(1)
    expect(await leadersOf(second, 'slow')).toHaveLength(0)
    await clock.advance(10)
    expect(await created).toBe(ErrorCode.None)
    expect(await leadersOf(second, 'slow')).toHaveLength(1)
    await fault.heal()
  })
})

describe('faults of the network', () => {
  test('add up, and each one ends alone', async () => {
    const { cluster, connect } = await startOf(2)
    const own = await connect(2)
    const [one, other] = [cluster.network.cut('clients', 2), cluster.broker(2).isolate()]
    const answered = leadersOf(own)
    await one.heal()
    await one.heal()
    await leadersOf(await connect(1))
    expect(await isPending(answered)).toBe(true)
    await other.heal()
    expect(await answered).toHaveLength(6)
  })

  test('end all at once, and on disposal', async () => {
    const { cluster, connect } = await startOf(2)
    const own = await connect(2)
    cluster.network.cut('clients', 2)
    cluster.broker(2).isolate()
    const answered = leadersOf(own)
    await cluster.network.heal()
    expect(await answered).toHaveLength(6)
    const fault = cluster.broker(2).isolate()
    await fault[Symbol.asyncDispose]()
    expect(await leadersOf(own)).toHaveLength(6)
  })

  test('do not keep a cluster from closing', async () => {
    const { cluster, connect } = await startOf(3)
    const fault = cluster.network.partition([[1], [2, 3, 'clients']])
    const created = createTopic(await connect(3), 'lost').catch(String)
    const waiting = cluster.broker(2).waitFor('fenced')
    const closed = expect(waiting).rejects.toMatchObject({ code: 'CLUSTER_CLOSED' })
    await cluster.close()
    await closed
    await created
    await fault.heal()
  })

  test('of ends that do not exist, or without a link, are refused', async () => {
    const { cluster } = await startOf(2)
    const { network } = cluster
    const unknown = { code: 'UNKNOWN_BROKER' }
    const invalid = { code: 'INVALID_OPTION' }
    expect(() => network.cut(1, 7)).toThrow(expect.objectContaining(unknown))
    expect(() => network.partition([[1], [7]])).toThrow(expect.objectContaining(unknown))
    expect(() => network.cut(1, 1)).toThrow(expect.objectContaining(invalid))
    expect(() => network.cut('clients', 'controller')).toThrow(expect.objectContaining(invalid))
    expect(() => network.cut(1, 'client' as NetworkEnd)).toThrow(expect.objectContaining(invalid))
    expect(() => network.partition([[1, 2]])).toThrow(expect.objectContaining(invalid))
    expect(() => network.partition([[1], [2, 1]])).toThrow(expect.objectContaining(invalid))
    expect(() => network.delay(1, 2, { ms: -1 })).toThrow(expect.objectContaining(invalid))
    expect(() => cluster.broker(1).slowNetwork({ ms: NaN })).toThrow(
      expect.objectContaining(invalid),
    )
  })
})

describe('the controller', () => {
  test('is in the part of the network with the majority, and the other part catches up later', async () => {
    const { cluster, clock, connect } = await startOf(3)
    const [one, two] = [await connect(1), await connect(2)]
    const fault = cluster.network.partition([[1], [2, 3]])
    expect(await createTopic(two, 'new')).toBe(ErrorCode.None)
    expect(await leadersOf(one, 'new')).toEqual([])
    const lost = createTopic(one, 'lost')
    expect(await isPending(lost)).toBe(true)
    await clock.advance(SESSION_MS)
    expect(cluster.broker(1).state).toBe('fenced')
    expect(await leadersOf(two)).not.toContain(1)
    await clock.advance(SOCKET_TIMEOUT_MS)
    expect(await lost).toBe(ErrorCode.RequestTimedOut)
    await fault.heal()
    expect(cluster.broker(1).state).toBe('active')
    expect(await leadersOf(one)).toEqual(await leadersOf(two))
    expect(await leadersOf(one, 'new')).toHaveLength(1)
    expect(await leadersOf(two, 'lost')).toEqual([])
  })

  test('leaves a paused broker, and does not return to it', async () => {
    const { cluster, connect } = await startOf(3)
    const two = await connect(2)
    await cluster.broker(1).pause()
    expect(await createTopic(two, 'new')).toBe(ErrorCode.None)
    const controllerId = async () =>
      (await two.call(Metadata, 12, metadataRequest([]))).controllerId
    expect(await controllerId()).toBe(2)
    await cluster.broker(1).resume()
    expect(await controllerId()).toBe(2)
  })
})
