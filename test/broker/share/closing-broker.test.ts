import { expect, test } from 'vitest'
import { FindCoordinator } from '../../../src/protocol/messages/index.ts'
import { singleReplica } from '../../support/single-replica.ts'
import { batch, isPending, leaders, produce } from '../support.ts'
import { Ack, acquiredOf, GROUP, startShareCluster } from './share-kit.ts'

/** So many that one is led by the first broker, and its state stored by the second. */
const PARTITIONS = 32

test.each(['stop', 'kill'] as const)(
  'a broker that ends by %s() while share state is not stored answers nothing',
  async (end) => {
    const topics = [{ name: 'orders', partitions: PARTITIONS }]
    const shares = await startShareCluster({ brokers: 2, topics, config: singleReplica })
    const led = await leaders(shares, 'orders')
    const coordinatorKeys = led.map((_, partition) => `${GROUP}:${shares.topicId}:${partition}`)
    const lookup = { key: '', keyType: 2, coordinatorKeys }
    const { coordinators } = await shares.call(FindCoordinator, 6, lookup)
    const partition = led.findIndex(
      (leader, index) => leader === 1 && coordinators[index]!.nodeId === 2,
    )
    await shares.initialize(partition, 0)
    await produce(await shares.connect(1), 'orders', batch(['a']), { partition })
    const member = await shares.member('m', 1)
    const fetched = await member.fetch({ partitions: [partition], maxWaitMs: 5000 })
    expect(acquiredOf(fetched)).toEqual([[0, 0, 1]])

    await shares.cluster.broker(2).kill()
    const answer = member.acknowledge([[0, 0, Ack.Accept]], { partition })
    expect(await isPending(answer)).toBe(true)
    const closed = expect(answer).rejects.toThrow('closed')
    await shares.cluster.broker(1)[end]()
    await closed
  },
)
