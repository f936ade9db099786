import { describe, expect, test } from 'vitest'
import type { ClusterOptions } from '../../src/index.ts'
import { DeleteRecords } from '../../src/protocol/messages/index.ts'
import { batch, deleteTopic, isPending, leaders, produce } from '../broker/support.ts'
import { startTestCluster } from '../support/test-cluster.ts'
import { formGroup, GroupConsumer } from './support/group-consumer.ts'

const ID = 'billing'

/** A cluster with a stable group of one consumer, which owns the partitions of `orders`. */
async function startStable(options: ClusterOptions, subscribed = ['orders']) {
  const scene = await startTestCluster(options)
  const consumer = await GroupConsumer.open(scene, ID, subscribed)
  await formGroup([consumer])
  return { ...scene, scene, consumer, group: scene.cluster.group(ID) }
}

describe('a wait ends with a change that is not one of the group', () => {
  test('when records that were not consumed are deleted', async () => {
    const { group, scene, call } = await startStable({ topics: [{ name: 'orders' }] })
    await produce(scene, 'orders', batch(['1', '2', '3']))
    const caughtUp = group.waitFor({ caughtUp: true })
    const deleteBefore = (offset: number) =>
      call(DeleteRecords, 2, {
        topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset }] }],
        timeoutMs: 1000,
      })
    await deleteBefore(2)
    expect(await isPending(caughtUp)).toBe(true)
    await deleteBefore(3)
    expect(await caughtUp).toMatchObject({ state: 'Stable' })
  })

  test('when retention deletes records that were not consumed', async () => {
    const scene = await startTestCluster({
      topics: [{ name: 'orders', configs: { 'retention.ms': 1000 } }],
      config: { 'log.initial.task.delay.ms': 0, 'log.retention.check.interval.ms': 1000 },
    })
    await produce(scene, 'orders', batch(['1', '2', '3']))
    const group = scene.cluster.group(ID)
    await group.seek('earliest', { topic: 'orders' })
    const caughtUp = group.waitFor({ caughtUp: true })
    await scene.clock.advance(900)
    expect(await isPending(caughtUp)).toBe(true)
    await scene.clock.advance(10_000)
    expect(await isPending(caughtUp)).toBe(false)
    expect(await caughtUp).toMatchObject({ offsets: [{ offset: 0, endOffset: 3, lag: 3 }] })
  })

  test('when the leader of a partition runs again', async () => {
    const { cluster, group, consumer, connect, call } = await startStable({
      brokers: 2,
      topics: [{ name: 'orders', partitions: 2 }],
      config: { 'offsets.topic.num.partitions': 1 },
    })
    const leaderIds = await leaders({ call }, 'orders')
    const partition = leaderIds.findIndex((id) => id !== group.coordinatorId)
    const other = leaderIds[partition]!
    await produce(await connect(other), 'orders', batch(['1']), { partition })
    await consumer.commit(1, partition)
    await cluster.broker(other).kill()
    const message = `orders-${partition} has no leader`
    const wait = group.waitFor({ caughtUp: true }, { timeoutMs: 1 })
    await expect(wait).rejects.toThrow(message)
    const caughtUp = group.waitFor({ caughtUp: true })
    await cluster.broker(other).start()
    expect(await caughtUp).toMatchObject({ state: 'Stable' })
  })

  test('when a topic without owners is deleted', async () => {
    const topics = [{ name: 'orders' }, { name: 'payments' }]
    const { group, call } = await startStable({ topics }, ['orders', 'payments'])
    const assigned = group.waitFor({ assigned: true })
    expect(await isPending(assigned)).toBe(true)
    await deleteTopic({ call }, 'payments')
    expect(await assigned).toMatchObject({ members: [{ assignment: [{ topic: 'orders' }] }] })
  })
})
