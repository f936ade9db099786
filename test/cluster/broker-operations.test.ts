import { describe, expect, test } from 'vitest'
import type { ClusterOptions } from '../../src/index.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { DescribeCluster } from '../../src/protocol/messages/index.ts'
import { batch, createTopic, fetchOne, produce, valuesOf, type Caller } from '../broker/support.ts'
import { startTestCluster } from '../support/test-cluster.ts'

async function startOf(replicas: number, options: ClusterOptions = {}) {
  const topics = [{ name: 'orders', partitions: 6, replicas }]
  const kit = await startTestCluster({ brokers: 3, topics, ...options })
  const orders = kit.cluster.topic('orders')
  const toLeader = (partition: number) => kit.connect(orders.partition(partition).leader)
  return {
    ...kit,
    orders,
    send: async (partition: number, value: string) => {
      const caller = await toLeader(partition)
      return (await produce(caller, 'orders', batch([value]), { partition })).errorCode
    },
    read: async (partition: number) =>
      valuesOf((await fetchOne(await toLeader(partition), 'orders', { partition })).records),
  }
}

async function registered(caller: Caller): Promise<number[]> {
  const { brokers } = await caller.call(DescribeCluster, 2, {
    includeClusterAuthorizedOperations: false,
    includeFencedBrokers: true,
  })
  return brokers.map(({ brokerId }) => brokerId)
}

describe('removeBroker', () => {
  test('moves the replicas to the other brokers, and unregisters the broker', async () => {
    const { cluster, orders, send, read, connect } = await startOf(2)
    for (const { partition } of orders.partitions) await send(partition, `to ${partition}`)
    await cluster.removeBroker(2)
    expect(cluster.brokers.map(({ id }) => id)).toEqual([1, 3])
    for (const { partition, replicas, isr } of orders.partitions) {
      expect([...replicas].sort()).toEqual([1, 3])
      expect([...isr].sort()).toEqual([1, 3])
      expect(await read(partition)).toEqual([`to ${partition}`])
    }
    expect(await registered(await connect(1))).toEqual([1, 3])
    expect(() => cluster.broker(2)).toThrow(expect.objectContaining({ code: 'UNKNOWN_BROKER' }))
    const added = await cluster.addBroker()
    expect(added.id).toBe(4)
    expect(await registered(await connect(1))).toEqual([1, 3, 4])
  })

  test('removes the broker with the active controller, and another one continues', async () => {
    const { cluster, connect } = await startOf(1)
    await cluster.removeBroker(1)
    const caller = await connect(2)
    expect(await createTopic(caller, 'new')).toBe(ErrorCode.None)
    expect(await registered(caller)).toEqual([2, 3])
  })

  test('refuses a broker whose replicas no other one can take, unless it is forced', async () => {
    const { cluster, orders, connect } = await startOf(3)
    await expect(cluster.removeBroker(3)).rejects.toMatchObject({
      code: 'BROKER_IN_USE',
      message: expect.stringContaining('orders-0, orders-1, orders-2 and 3 others'),
    })
    expect(cluster.broker(3).isRunning).toBe(true)
    await cluster.removeBroker(3, { force: true })
    expect(await registered(await connect(1))).toEqual([1, 2])
    // As on Kafka, its replicas are still in the metadata, and offline.
    expect(orders.partition(0).replicas).toContain(3)
    expect(orders.partition(0).isr).not.toContain(3)
  })

  test('refuses the last broker, unknown ones and wrong options', async () => {
    const { cluster } = await startTestCluster()
    await expect(cluster.removeBroker(1)).rejects.toMatchObject({ code: 'BROKER_IN_USE' })
    await expect(cluster.removeBroker(2)).rejects.toMatchObject({ code: 'UNKNOWN_BROKER' })
    const wrong = cluster.removeBroker(1, { drain: true } as object)
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  test('removes a paused broker, and a broker once', async () => {
    const { cluster } = await startOf(1)
    await cluster.broker(2).pause()
    const removals = [
      cluster.removeBroker(2, { force: true }),
      cluster.removeBroker(2, { force: true }),
    ]
    await Promise.all(removals)
    expect(cluster.brokers.map(({ id }) => id)).toEqual([1, 3])
  })
})

describe('rollingRestart', () => {
  test('restarts each broker while the others serve, the controller last', async () => {
    const { cluster, orders, send, read } = await startOf(3)
    const restarted: number[] = []
    const epoch = orders.partition(0).leaderEpoch
    await cluster.rollingRestart({
      onEach: async (id) => {
        restarted.push(id)
        for (const { isr } of orders.partitions) expect(isr).toHaveLength(3)
        expect(await send(0, `after ${id}`)).toBe(ErrorCode.None)
      },
    })
    expect(restarted).toEqual([2, 3, 1])
    expect(await read(0)).toEqual(['after 2', 'after 3', 'after 1'])
    expect(orders.partition(0).leaderEpoch).toBeGreaterThan(epoch)
  })

  test('does not begin while partitions are not in sync', async () => {
    const { cluster } = await startOf(3)
    await cluster.broker(2).stop()
    await expect(cluster.rollingRestart({ timeoutMs: 1 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('brokers 2 are not in sync'),
    })
  })
})
