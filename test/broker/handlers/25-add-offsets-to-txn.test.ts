import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { AddOffsetsToTxn, DescribeTransactions } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { startProducer } from '../transactional-producer.ts'

test.each([0, 1, 2, 3, 4])(
  'version %i adds the partition of the offsets of a group',
  async (version) => {
    const cluster = await startTestCluster({ config: { 'offsets.topic.num.partitions': 5 } })
    const producer = await startProducer(cluster, 'a')
    const request = { ...producer, groupId: 'group-1' }
    expect((await cluster.call(AddOffsetsToTxn, version, request)).errorCode).toBe(ErrorCode.None)
    const described = await cluster.call(DescribeTransactions, 0, { transactionalIds: ['a'] })
    // As on a real broker with 5 partitions.
    expect(described.transactionStates[0]!.topics).toEqual([
      { topic: '__consumer_offsets', partitions: [4] },
    ])
    const zombie = { ...request, producerEpoch: 4 }
    expect((await cluster.call(AddOffsetsToTxn, version, zombie)).errorCode).toBe(
      version < 2 ? ErrorCode.InvalidProducerEpoch : ErrorCode.ProducerFenced,
    )
  },
)
