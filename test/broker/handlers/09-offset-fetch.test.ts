import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { OffsetFetch } from '../../../src/protocol/messages/index.ts'
import { commit, foreignGroup, topicFields, topicId, startGroupCluster } from '../support.ts'

const FOUND = { partitionIndex: 0, committedOffset: 5, metadata: 'note', errorCode: ErrorCode.None }
const NONE = { partitionIndex: 1, committedOffset: -1, metadata: '', errorCode: ErrorCode.None }

test.each([1, 2, 3, 4, 5, 6, 7])('one group is requested in version %i', async (version) => {
  const cluster = await startGroupCluster()
  await commit(cluster, 'group')
  const topics = [{ name: 'orders', partitionIndexes: [0, 1] }]
  const answer = await cluster.call(OffsetFetch, version, { groupId: 'group', topics, groups: [] })
  expect(answer.errorCode).toBe(ErrorCode.None)
  expect(answer.topics).toMatchObject([{ name: 'orders', partitions: [FOUND, NONE] }])
})

test.each([8, 9, 10])('several groups are requested in version %i (KIP-709)', async (version) => {
  const cluster = await startGroupCluster()
  await commit(cluster, 'group')
  const topic = version < 10 ? 'orders' : { topicId: await topicId(cluster, 'orders') }
  const topics = [{ ...topicFields(topic), partitionIndexes: [0, 1] }]
  const groups = ['group', 'unknown'].map((groupId) => ({ groupId, topics }))
  const answer = await cluster.call(OffsetFetch, version, { groupId: '', topics: null, groups })
  expect(answer.groups).toMatchObject([
    { groupId: 'group', errorCode: ErrorCode.None, topics: [{ partitions: [FOUND, NONE] }] },
    { groupId: 'unknown', topics: [{ partitions: [{ committedOffset: -1 }, NONE] }] },
  ])
})

test('null topics: all committed offsets, from version 2 on', async () => {
  const cluster = await startGroupCluster()
  await commit(cluster, 'group')
  const old = await cluster.call(OffsetFetch, 2, { groupId: 'group', topics: null, groups: [] })
  expect(old.topics).toMatchObject([{ name: 'orders', partitions: [FOUND] }])
  const groups = [{ groupId: 'group', topics: null }]
  const answer = await cluster.call(OffsetFetch, 8, { groupId: '', topics: null, groups })
  expect(answer.groups[0]!.topics).toMatchObject([{ name: 'orders', partitions: [FOUND] }])
})

test('a broker that does not coordinate the group answers NOT_COORDINATOR', async () => {
  const cluster = await startGroupCluster({ brokers: 3 })
  const groups = [{ groupId: await foreignGroup(cluster), topics: null }]
  const answer = await cluster.call(OffsetFetch, 8, { groupId: '', topics: null, groups })
  expect(answer.groups).toMatchObject([{ errorCode: ErrorCode.NotCoordinator }])
})
