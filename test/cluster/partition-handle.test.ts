import { describe, expect, test } from 'vitest'
import type { ClusterOptions } from '../../src/index.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { batch, fetchOne, isPending, produce, valuesOf } from '../broker/support.ts'
import { startTestCluster } from '../support/test-cluster.ts'

async function startOf(replicas: number, options: ClusterOptions = {}) {
  const topics = [{ name: 'orders', partitions: 1, replicas }]
  const kit = await startTestCluster({ brokers: 3, topics, ...options })
  const partition = kit.cluster.topic('orders').partition(0)
  const toLeader = () => kit.connect(partition.leader)
  return {
    ...kit,
    partition,
    send: async (value: string) =>
      (await produce(await toLeader(), 'orders', batch([value]))).errorCode,
    read: async () => valuesOf((await fetchOne(await toLeader(), 'orders')).records),
    followers: () => partition.replicas.filter((id) => id !== partition.leader),
  }
}

describe('a partition', () => {
  test('has its leader, replicas and offsets', async () => {
    const { partition, send } = await startOf(3)
    expect(await send('a')).toBe(ErrorCode.None)
    const { leader, leaderEpoch, replicas, isr, highWatermark, logEndOffsets } = partition
    expect(leader).toBe(replicas[0])
    expect({ leaderEpoch, highWatermark }).toEqual({ leaderEpoch: 0, highWatermark: 1 })
    expect([...isr].sort()).toEqual([1, 2, 3])
    expect([...logEndOffsets].sort()).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ])
  })

  test('without a running leader has none, and no high watermark', async () => {
    const { partition, cluster } = await startOf(1)
    await cluster.broker(partition.leader!).stop()
    const { leader, highWatermark, logEndOffsets } = partition
    expect({ leader, highWatermark }).toEqual({ leader: undefined, highWatermark: undefined })
    expect(logEndOffsets.size).toBe(0)
  })
})

describe('moveLeader', () => {
  test('makes an in-sync replica the leader, in a new epoch', async () => {
    const { partition, send, read, followers } = await startOf(3)
    await send('a')
    const before = partition.replicas
    const [next] = followers()
    await partition.moveLeader(next!)
    expect(partition).toMatchObject({ leader: next, leaderEpoch: 1, replicas: before })
    expect(await send('b')).toBe(ErrorCode.None)
    expect(await read()).toEqual(['a', 'b'])
    await partition.moveLeader(next!)
    expect(partition.leaderEpoch).toBe(1)
  })

  test('refuses a broker that cannot lead, and says why', async () => {
    const { partition, cluster } = await startOf(2)
    const [leader, follower] = partition.replicas
    const outside = [1, 2, 3].find((id) => !partition.replicas.includes(id))!
    const unavailable = { code: 'REPLICA_UNAVAILABLE' }
    await expect(partition.moveLeader(outside)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining(`the replicas are on ${leader}, ${follower}`),
    })
    await cluster.broker(follower!).stop()
    await expect(partition.moveLeader(follower!)).rejects.toMatchObject(unavailable)
    await expect(partition.moveLeader(9)).rejects.toMatchObject({ code: 'UNKNOWN_BROKER' })
  })

  test('waits until the new leader has the metadata', async () => {
    const { partition, cluster, clock, followers } = await startOf(3)
    // The controller is on broker 1.
    const next = followers().find((id) => id !== 1)
    const fault = cluster.network.delay(next!, 'controller', { ms: 10 })
    const moved = partition.moveLeader(next!)
    expect(await isPending(moved)).toBe(true)
    await clock.advance(10)
    await moved
    await fault.heal()
  })
})

describe('setReplicas', () => {
  test('copies a partition to other brokers, and removes it from those that it leaves', async () => {
    const { partition, send, read } = await startOf(1)
    await send('a')
    const [old] = partition.replicas
    const target = [1, 2, 3].filter((id) => id !== old)
    await partition.setReplicas(target)
    expect(partition).toMatchObject({ replicas: target, leader: target[0] })
    expect(new Set(partition.isr)).toEqual(new Set(target))
    expect([...partition.logEndOffsets.keys()]).toEqual(target)
    expect(await read()).toEqual(['a'])
    expect(await send('b')).toBe(ErrorCode.None)
  })

  test('changes the order of the replicas', async () => {
    const { partition } = await startOf(3)
    const target = [...partition.replicas].reverse()
    await partition.setReplicas(target)
    expect(partition.replicas).toEqual(target)
  })

  test('waits for a broker that is away, until it is back', async () => {
    const { partition, cluster, followers } = await startOf(1)
    const away = [1, 2, 3].find((id) => id !== partition.leader)!
    expect(followers()).toEqual([])
    await cluster.broker(away).stop()
    const moved = partition.setReplicas([partition.leader!, away])
    expect(await isPending(moved)).toBe(true)
    await expect(partition.inSync({ timeoutMs: 1 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining(`brokers ${away} are not in sync`),
    })
    await cluster.broker(away).start()
    await moved
    await partition.inSync()
  })

  test('refuses invalid lists', async () => {
    const { partition } = await startOf(1)
    for (const ids of [[], [1, 1], ['1'] as unknown as number[]]) {
      await expect(partition.setReplicas(ids)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    }
    await expect(partition.setReplicas([9])).rejects.toMatchObject({ code: 'UNKNOWN_BROKER' })
  })
})

describe('shrinkIsr', () => {
  test('holds a follower out of the in-sync replicas until it is healed', async () => {
    const { partition, cluster, send, clock, followers } = await startOf(3)
    const [held, other] = followers()
    const fault = await partition.shrinkIsr([held!])
    expect([...partition.isr].sort()).toEqual([partition.leader, other].sort())
    expect(await send('a')).toBe(ErrorCode.None)
    await clock.advance(60_000)
    expect(partition.isr).not.toContain(held)
    // It copies the records all the same.
    expect(partition.logEndOffsets.get(held!)).toBe(1)
    await partition.moveLeader(other!)
    expect(await send('b')).toBe(ErrorCode.None)
    expect(partition.isr).not.toContain(held)
    const waiting = cluster.inSync()
    expect(await isPending(waiting)).toBe(true)
    await fault.heal()
    await waiting
    expect(partition.isr).toContain(held)
    await fault.heal()
  })

  test('leaves too few replicas for acks=all', async () => {
    const topics = [
      { name: 'orders', partitions: 1, replicas: 3, configs: { 'min.insync.replicas': 2 } },
    ]
    const { partition, send, followers } = await startOf(3, { topics })
    const fault = await partition.shrinkIsr(followers())
    expect(await send('a')).toBe(ErrorCode.NotEnoughReplicas)
    await fault.heal()
    expect(await send('b')).toBe(ErrorCode.None)
  })

  test('refuses the leader, and brokers without a replica', async () => {
    const { partition } = await startOf(2)
    const outside = [1, 2, 3].find((id) => !partition.replicas.includes(id))!
    for (const id of [partition.leader!, outside]) {
      await expect(partition.shrinkIsr([id])).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    }
  })
})

describe('inSync', () => {
  test('ends when the topic is deleted, is aborted, or the cluster closes', async () => {
    const { partition, cluster, followers } = await startOf(3)
    await cluster.broker(followers()[0]!).stop()
    const aborted = partition.inSync({ signal: AbortSignal.abort(new Error('enough')) })
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' })
    const closed = expect(cluster.inSync()).rejects.toMatchObject({ code: 'CLUSTER_CLOSED' })
    await cluster.close()
    await closed
  })
})
