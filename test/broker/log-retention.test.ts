import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { Fetch, ListOffsets, Produce } from '../../src/protocol/messages/index.ts'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts'

const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const EARLIEST = -2
const day = 86_400_000

async function produce({ call, clock }: TestCluster): Promise<number> {
  const records = encodeBatch([{ value: Buffer.from('value'), timestamp: clock.now() }])
  const { responses } = await call(Produce, 9, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: 'orders', topicId: NO_TOPIC_ID, partitionData: [{ index: 0, records }] }],
  })
  return responses[0]!.partitionResponses[0]!.baseOffset
}

async function earliestOffset({ call }: TestCluster): Promise<number> {
  const { topics } = await call(ListOffsets, 7, {
    replicaId: -1,
    isolationLevel: 0,
    timeoutMs: 1000,
    topics: [
      {
        name: 'orders',
        partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: EARLIEST }],
      },
    ],
  })
  return topics[0]!.partitions[0]!.offset
}

async function fetchErrorAt({ call }: TestCluster, fetchOffset: number): Promise<number> {
  const { responses } = await call(Fetch, 4, {
    maxWaitMs: 0,
    minBytes: 1,
    forgottenTopicsData: [],
    topics: [
      {
        topic: 'orders',
        topicId: NO_TOPIC_ID,
        partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1e6 }],
      },
    ],
  })
  return responses[0]!.partitions[0]!.errorCode
}

test('records are deleted seven days after they were produced, by moving the clock', async () => {
  const cluster = await startTestCluster({ topics: [{ name: 'orders' }] })
  expect([await produce(cluster), await produce(cluster)]).toEqual([0, 1])
  await cluster.clock.advance(7 * day - 60_000)
  expect(await earliestOffset(cluster)).toBe(0)
  await cluster.clock.advance(10 * 60_000)
  expect(await earliestOffset(cluster)).toBe(2)
  expect(await fetchErrorAt(cluster, 0)).toBe(ErrorCode.OffsetOutOfRange)
  expect(await produce(cluster)).toBe(2)
  expect(await fetchErrorAt(cluster, 2)).toBe(ErrorCode.None)
})
