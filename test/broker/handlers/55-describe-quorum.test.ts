import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DescribeQuorum } from '../../../src/protocol/messages/index.ts'
import { recordedQuorum } from '../../controller/recorded-quorum.ts'
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts'

const UNKNOWN = { logEndOffset: -1, lastFetchTimestamp: -1, lastCaughtUpTimestamp: -1 }
const METADATA = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]

async function quorum({ connect }: TestCluster, brokerId: number) {
  const broker = await connect(brokerId)
  const { topics } = await broker.call(DescribeQuorum, 2, { topics: METADATA })
  return topics[0]!.partitions[0]!
}

test('answers as a real cluster in every version, apart from offsets, times and ports', async () => {
  const { cluster, clock, call } = await startTestCluster({ brokers: 3 })
  await cluster.broker(3).kill()
  for (const { version, request, response } of recordedQuorum(DescribeQuorum)) {
    const answer = await call(DescribeQuorum, version, request)
    const partition = answer.topics[0]?.partitions[0]
    if (partition?.errorCode !== ErrorCode.None) {
      expect(answer).toEqual(response)
      continue
    }
    const [topic] = response.topics
    const { highWatermark, currentVoters, leaderEpoch } = partition
    const now = version === 0 ? -1 : clock.now()
    expect(currentVoters.slice(0, 2)).toMatchObject([
      { logEndOffset: highWatermark, lastFetchTimestamp: now, lastCaughtUpTimestamp: now },
      { logEndOffset: highWatermark, lastFetchTimestamp: now, lastCaughtUpTimestamp: now },
    ])
    expect(currentVoters.map(({ replicaId }) => replicaId)).toEqual([1, 2, 3])
    const changing = { highWatermark, currentVoters, leaderEpoch }
    const nodes = response.nodes.map(({ nodeId, listeners }) => ({
      nodeId,
      listeners: listeners.map((each) => ({ ...each, port: 0 })),
    }))
    const partitions = [{ ...topic!.partitions[0]!, ...changing }]
    expect(answer).toEqual({ ...response, nodes, topics: [{ ...topic!, partitions }] })
  }
})

test('does not know a broker that has not run since the controller was elected', async () => {
  const started = await startTestCluster({ brokers: 3 })
  const { cluster } = started
  await cluster.broker(3).kill()
  const before = await quorum(started, 1)
  expect(before.currentVoters[2]).not.toMatchObject(UNKNOWN)
  await cluster.broker(1).kill()
  const after = await quorum(started, 2)
  expect(after.leaderId).toBe(2)
  expect(after.leaderEpoch).toBe(before.leaderEpoch + 1)
  expect(after.currentVoters.map(({ logEndOffset }) => logEndOffset)).toEqual([
    -1,
    after.highWatermark,
    -1,
  ])
})
