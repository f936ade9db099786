import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { OffsetCommit } from '../../../src/protocol/messages/index.ts'
import {
  coordinatorOf,
  foreignGroup,
  stableGroup,
  topicFields,
  topicId,
  type Caller,
  type TopicRef,
  startGroupCluster,
} from '../support.ts'

interface Commit {
  topic?: TopicRef
  partitionIndex?: number
  committedMetadata?: string | null
  memberId?: string
  generationIdOrMemberEpoch?: number
  version?: number
}

async function commit(caller: Caller, groupId: string, options: Commit = {}): Promise<number> {
  const { topic = 'orders', partitionIndex = 0, committedMetadata = null, version = 9 } = options
  const { memberId = '', generationIdOrMemberEpoch = -1 } = options
  const partition = { partitionIndex, committedOffset: 5, committedMetadata }
  const { topics } = await caller.call(OffsetCommit, version, {
    groupId,
    memberId,
    generationIdOrMemberEpoch,
    topics: [{ ...topicFields(topic), partitions: [partition] }],
  })
  return topics[0]!.partitions[0]!.errorCode
}

test.each([2, 3, 4, 5, 6, 7, 8, 9])(
  'a group without members commits in version %i',
  async (version) => {
    const cluster = await startGroupCluster()
    expect(await commit(cluster, 'group', { version })).toBe(ErrorCode.None)
  },
)

test('topics are named by their id from version 10 on (KIP-848)', async () => {
  const cluster = await startGroupCluster()
  const topic = { topicId: await topicId(cluster, 'orders') }
  expect(await commit(cluster, 'group', { topic, version: 10 })).toBe(ErrorCode.None)
})

test('answers UNKNOWN_TOPIC_OR_PARTITION and OFFSET_METADATA_TOO_LARGE', async () => {
  const cluster = await startGroupCluster()
  const unknown = ErrorCode.UnknownTopicOrPartition
  expect(await commit(cluster, 'group', { topic: 'nothing' })).toBe(unknown)
  expect(await commit(cluster, 'group', { partitionIndex: 9 })).toBe(unknown)
  const committedMetadata = 'x'.repeat(4097)
  expect(await commit(cluster, 'group', { committedMetadata })).toBe(
    ErrorCode.OffsetMetadataTooLarge,
  )
})

test('a member commits in its generation; others are UNKNOWN_MEMBER_ID or ILLEGAL_GENERATION', async () => {
  const cluster = await startGroupCluster()
  const { memberId, generationId } = await stableGroup(cluster, 'group')
  const asMember = (generation: number, id = memberId) =>
    commit(cluster, 'group', { memberId: id, generationIdOrMemberEpoch: generation })
  expect(await asMember(generationId)).toBe(ErrorCode.None)
  expect(await asMember(generationId + 1)).toBe(ErrorCode.IllegalGeneration)
  expect(await asMember(generationId, 'nobody')).toBe(ErrorCode.UnknownMemberId)
  expect(await commit(cluster, 'group')).toBe(ErrorCode.UnknownMemberId)
})

test('a broker that does not coordinate the group answers NOT_COORDINATOR', async () => {
  const cluster = await startGroupCluster({ brokers: 3 })
  const group = await foreignGroup(cluster)
  expect(await commit(cluster, group)).toBe(ErrorCode.NotCoordinator)
  const coordinator = await cluster.connect(await coordinatorOf(cluster, group))
  expect(await commit(coordinator, group)).toBe(ErrorCode.None)
})
