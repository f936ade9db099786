import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { OffsetDelete, OffsetFetch } from '../../../src/protocol/messages/index.ts'
import { commit, foreignGroup, type Caller, startGroupCluster } from '../support.ts'

const remove = (caller: Caller, groupId: string, name = 'orders') =>
  caller.call(OffsetDelete, 0, { groupId, topics: [{ name, partitions: [{ partitionIndex: 0 }] }] })

test('the offset of a partition is deleted (KIP-496)', async () => {
  const cluster = await startGroupCluster()
  await commit(cluster, 'group')
  expect(await remove(cluster, 'group')).toMatchObject({
    errorCode: ErrorCode.None,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, errorCode: ErrorCode.None }] }],
  })
  const groups = [{ groupId: 'group', topics: null }]
  const fetched = await cluster.call(OffsetFetch, 8, { groupId: '', topics: null, groups })
  expect(fetched.groups[0]!.topics).toEqual([])
})

test('answers UNKNOWN_TOPIC_OR_PARTITION and GROUP_ID_NOT_FOUND', async () => {
  const cluster = await startGroupCluster()
  await commit(cluster, 'group')
  expect(await remove(cluster, 'group', 'nothing')).toMatchObject({
    topics: [{ partitions: [{ errorCode: ErrorCode.UnknownTopicOrPartition }] }],
  })
  expect((await remove(cluster, 'unknown')).errorCode).toBe(ErrorCode.GroupIdNotFound)
})

test('a broker that does not coordinate the group answers NOT_COORDINATOR', async () => {
  const cluster = await startGroupCluster({ brokers: 3 })
  const removed = await remove(cluster, await foreignGroup(cluster))
  expect(removed.errorCode).toBe(ErrorCode.NotCoordinator)
})
