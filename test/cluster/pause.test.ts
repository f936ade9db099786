import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { Metadata } from '../../src/protocol/messages/index.ts'
import {
  batch,
  createTopic,
  isPending,
  metadataRequest,
  produce,
  stableGroup,
  startGroupCluster,
  type Caller,
} from '../broker/support.ts'
import { startTestCluster } from '../support/test-cluster.ts'

/** `broker.session.timeout.ms` of profile `test`. */
const SESSION_MS = 500

const topics = [{ name: 'orders', partitions: 6, replicas: 2 }]

async function leadersOf(caller: Caller): Promise<number[]> {
  const { topics: found } = await caller.call(Metadata, 12, metadataRequest([{ name: 'orders' }]))
  return found[0]!.partitions.map(({ leaderId }) => leaderId)
}

describe('a paused broker', () => {
  test('answers nothing and is fenced after its session, until it is resumed', async () => {
    const { cluster, clock, connect } = await startTestCluster({ brokers: 3, topics })
    const [own, other] = [await connect(2), await connect(1)]
    expect(await leadersOf(other)).toContain(2)
    await cluster.broker(2).pause()
    expect(cluster.broker(2)).toMatchObject({ isPaused: true, isRunning: true, state: 'active' })
    const answered = leadersOf(own)
    const fresh = connect(2).then(leadersOf)
    await clock.advance(SESSION_MS)
    expect(cluster.broker(2).state).toBe('fenced')
    expect(await leadersOf(other)).not.toContain(2)
    expect(await isPending(answered)).toBe(true)
    expect(await isPending(fresh)).toBe(true)
    await cluster.broker(2).resume()
    expect(cluster.broker(2)).toMatchObject({ isPaused: false, state: 'active' })
    expect(await answered).toHaveLength(6)
    expect(await fresh).toHaveLength(6)
    expect(await leadersOf(own)).toEqual(await leadersOf(other))
  })

  test('holds back acks=all until it is fenced, and copies what it missed when it is resumed', async () => {
    const replicated = [{ name: 'orders', partitions: 1, replicas: 3 }]
    const { cluster, clock, connect } = await startTestCluster({ brokers: 3, topics: replicated })
    const orders = cluster.topic('orders').partition(0)
    const caller = await connect(orders.leader)
    // Broker 1 has the active controller.
    const paused = [2, 3].find((id) => id !== orders.leader)!
    await cluster.broker(paused).pause()
    const produced = produce(caller, 'orders', batch(['a']))
    expect(await isPending(produced)).toBe(true)
    await clock.advance(SESSION_MS)
    expect(await produced).toMatchObject({ errorCode: ErrorCode.None })
    expect(orders.isr).not.toContain(paused)
    expect(orders.logEndOffsets.get(paused)).toBe(0)
    await cluster.broker(paused).resume()
    await clock.advance(1000) // replica.fetch.backoff.ms
    await orders.inSync()
    expect(orders.logEndOffsets.get(paused)).toBe(1)
  })

  test('does not let the sessions of its group members end', async () => {
    const { cluster, clock, call } = await startGroupCluster()
    await stableGroup({ call }, 'billing')
    await cluster.group('billing').waitFor({ state: 'Stable', members: 1 })
    await cluster.broker(1).pause()
    await clock.advance(1_000_000)
    expect(cluster.group('billing').describe()).toMatchObject({ state: 'Stable' })
    await cluster.broker(1).resume()
    await cluster.group('billing').waitFor({ state: 'Dead' })
  })

  test('cannot stop, but dies', async () => {
    const { cluster, connect } = await startTestCluster({ brokers: 2 })
    const own = await connect(2)
    await cluster.broker(2).pause()
    await expect(cluster.broker(2).stop()).rejects.toMatchObject({ code: 'BROKER_PAUSED' })
    await cluster.broker(2).kill()
    await own.closed()
    expect(cluster.broker(2)).toMatchObject({ isPaused: false, isRunning: false, state: 'fenced' })
    await expect(cluster.broker(2).pause()).rejects.toMatchObject({ code: 'BROKER_NOT_RUNNING' })
    await cluster.broker(2).start()
    expect(cluster.broker(2).state).toBe('active')
    expect(await createTopic(await connect(2), 'new')).toBe(ErrorCode.None)
  })

  test('is paused and resumed only once', async () => {
    const { cluster, call } = await startTestCluster({ topics: [{ name: 'orders' }] })
    await cluster.broker(1).resume()
    await cluster.broker(1).pause()
    await cluster.broker(1).pause()
    await cluster.broker(1).resume()
    expect(await leadersOf({ call })).toEqual([1])
  })
})
