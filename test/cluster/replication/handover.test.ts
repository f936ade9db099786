import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { OffsetFetch } from '../../../src/protocol/messages/index.ts'
import { coordinatorOf, topicFields } from '../../broker/support.ts'
import { endTransaction, transactionCoordinatorOf } from '../../broker/transactional-producer.ts'
import { GroupConsumer } from '../support/group-consumer.ts'
import { TransactionalProducer } from '../support/transactional-producer.ts'
import { startReplicated, until, type ReplicatedCluster } from './support.ts'

const GROUP = 'readers'
const ID = 'writer'

/** Opens a connection to a broker that runs. */
function toAny({ cluster, connect }: ReplicatedCluster) {
  return connect(cluster.brokers.find(({ id }) => cluster.broker(id).isRunning)!.id)
}

/** Returns the committed offset of a group, from its coordinator. */
async function committedOf(kit: ReplicatedCluster): Promise<number> {
  const caller = await kit.connect(await coordinatorOf(await toAny(kit), GROUP))
  const { groups } = await caller.call(OffsetFetch, 9, {
    groups: [{ groupId: GROUP, topics: [{ ...topicFields('orders'), partitionIndexes: [0] }] }],
    groupId: '',
    topics: [],
    requireStable: false,
  })
  expect(groups[0]!.errorCode).toBe(ErrorCode.None)
  return groups[0]!.topics[0]!.partitions[0]!.committedOffset
}

describe.each(['stop', 'kill'] as const)('a coordinator that ends by %s()', (end) => {
  test('hands its groups over, with their committed offsets', async () => {
    const kit = await startReplicated()
    const consumer = await GroupConsumer.open(kit, GROUP)
    await consumer.join()
    await consumer.sync({ [consumer.memberId]: [0] })
    expect(await consumer.commit(5)).toBe(ErrorCode.None)
    const first = await coordinatorOf(await toAny(kit), GROUP)
    await kit.cluster.broker(first)[end]()
    await until(async () => ![first, -1].includes(await coordinatorOf(await toAny(kit), GROUP)))
    expect(await committedOf(kit)).toBe(5)
  })

  test('hands its transactions over, which continue', async () => {
    const kit = await startReplicated()
    const producer = await TransactionalProducer.open(kit, ID)
    expect(await producer.send('orders', 'a')).toBe(ErrorCode.None)
    const first = await transactionCoordinatorOf(await toAny(kit), ID)
    await kit.cluster.broker(first)[end]()
    await until(
      async () => ![first, -1].includes(await transactionCoordinatorOf(await toAny(kit), ID)),
    )
    expect(kit.cluster.transaction(ID).state).toBe('Ongoing')
    const coordinator = await kit.connect(await transactionCoordinatorOf(await toAny(kit), ID))
    const { errorCode } = await endTransaction(coordinator, producer, true)
    expect(errorCode).toBe(ErrorCode.None)
    await kit.cluster.transaction(ID).waitFor('CompleteCommit')
  })
})
