import { describe, expect, test } from 'vitest'
import type { CoordinatedGroup } from '../../../../src/coordinator/group/group-inspection.ts'
import { noGroupHooks } from '../../../../src/coordinator/group/group-hooks.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { immediate } from '../../memory-internal-topic.ts'
import { commitTopic, GROUP, Harness, TOPIC_ID } from '../support.ts'
import { describeShare, ShareClient, shareRecords, statePartitions } from './support.ts'

const configs = { 'group.share.assignment.interval.ms': 0 }

function deleteGroup(harness: Harness): number {
  const deleted = harness.coordinator.admin.deleteGroups({ groupsNames: [GROUP] })
  return immediate(deleted).results[0]!.errorCode
}

describe('DeleteGroups', () => {
  test('deletes the share state, and then the group', () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    client.leave()
    expect(deleteGroup(harness)).toBe(ErrorCode.None)
    expect(harness.persister.sent.at(-1)).toMatchObject({ name: 'deleteState' })
    expect(shareRecords(harness).slice(-4)).toMatchObject([
      { kind: 'shareGroupStatePartitions', partitions: { deleting: new Map([[TOPIC_ID, 't']]) } },
      { kind: 'shareGroupTargetMetadata', metadata: null },
      { kind: 'shareGroupStatePartitions', partitions: null },
      { kind: 'shareGroupMetadata', metadata: null },
    ])
    expect(describeShare(harness).errorCode).toBe(ErrorCode.GroupIdNotFound)
    expect(describeShare(harness.reread()).errorCode).toBe(ErrorCode.GroupIdNotFound)
  })

  test('refuses a group with members', () => {
    const harness = new Harness({ configs })
    new ShareClient(harness, 'm-1').join('t')
    expect(deleteGroup(harness)).toBe(ErrorCode.NonEmptyGroup)
    expect(statePartitions(harness)).toMatchObject({ deleting: new Map() })
  })

  test('keeps the group if its share state cannot be deleted, and can be repeated', () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    client.leave()
    harness.persister.error = ErrorCode.CoordinatorNotAvailable
    expect(deleteGroup(harness)).toBe(ErrorCode.CoordinatorNotAvailable)
    expect(describeShare(harness).errorCode).toBe(ErrorCode.None)
    harness.persister.error = ErrorCode.None
    expect(deleteGroup(harness)).toBe(ErrorCode.None)
    expect(harness.persister.sent.at(-1)).toMatchObject({
      request: {
        topics: [{ topicId: TOPIC_ID, partitions: [{ partition: 0 }, { partition: 1 }] }],
      },
    })
  })

  test('deletes a group that was never initialized', () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    client.join('missing')
    client.leave()
    expect(deleteGroup(harness)).toBe(ErrorCode.None)
    expect(harness.persister.sent).toEqual([])
  })
})

test('a coordinator that loads the topic has the same group', () => {
  const harness = new Harness({ configs })
  const clients = ['m-1', 'm-2', 'm-3'].map((memberId) => new ShareClient(harness, memberId))
  for (const client of clients) client.join('t')
  for (const client of clients) client.heartbeat()
  clients[1]!.leave()
  const loaded = harness.reread()
  expect(describeShare(loaded)).toEqual(describeShare(harness))
  expect(statePartitions(loaded)).toEqual(statePartitions(harness))
  const { memberId, memberEpoch } = clients[0]!
  const heir = new ShareClient(loaded, memberId)
  heir.memberEpoch = memberEpoch
  expect(heir.heartbeat().errorCode).toBe(ErrorCode.None)
})

test('the group is listed and described as a share group', () => {
  const harness = new Harness({ configs })
  new ShareClient(harness, 'm-1').join('t')
  const filters = { statesFilter: [], typesFilter: ['share'] }
  expect(immediate(harness.coordinator.admin.listGroups(filters)).groups).toEqual([
    { groupId: GROUP, protocolType: 'share', groupState: 'Stable', groupType: 'share' },
  ])
  expect(harness.describe()).toMatchObject({ errorCode: ErrorCode.GroupIdNotFound })
})

test('the group has no committed offsets', () => {
  const harness = new Harness({ configs })
  new ShareClient(harness, 'm-1').join('t')
  const member = harness.member()
  expect(member.commit(5, { memberId: 'm-1', generationIdOrMemberEpoch: 2 })).toBe(
    ErrorCode.GroupIdNotFound,
  )
  const topics = [commitTopic('t', { 0: 1 })]
  expect(member.commit(5, { topics })).toBe(ErrorCode.GroupIdNotFound)
})

test('hooks are notified of each rebalance with its cause', async () => {
  const harness = new Harness({ configs })
  const causes: string[] = []
  harness.hooks = {
    ...noGroupHooks,
    rebalanced: (_, epoch, cause) => causes.push(`${epoch} ${cause}`),
  }
  harness.restart()
  const [first, second] = ['m-1', 'm-2'].map((id) => new ShareClient(harness, id)) as [
    ShareClient,
    ShareClient,
  ]
  first.join('t')
  first.heartbeat()
  first.heartbeat({ subscribedTopicNames: ['t', 'u'] })
  second.join('t')
  second.leave()
  harness.createTopic('u', 'AAAAAAAAAAAAAAAAAAAABQ', 1)
  first.heartbeat()
  await harness.clock.advance(45_000)
  expect(causes).toEqual([
    '2 member m-1 joined',
    '3 the share state of partitions was initialized',
    '4 member m-1 changed its subscription',
    '5 member m-2 joined',
    '6 member m-2 left',
    '7 topic u has 1 partition now',
    '8 the session of member m-1 expired',
  ])
})

test('the snapshot of a group has its members and their partitions', () => {
  const harness = new Harness({ configs })
  const client = new ShareClient(harness, 'm-1')
  client.join('t')
  client.heartbeat()
  const found = harness.coordinator.inspection.find(GROUP) as CoordinatedGroup
  expect(found.group.snapshot()).toEqual({
    groupId: GROUP,
    type: 'share',
    state: 'Stable',
    epoch: 3,
    sharePartitions: new Map([['t', [0, 1]]]),
    members: [
      {
        memberId: 'm-1',
        instanceId: null,
        clientId: 'client',
        clientHost: '/127.0.0.1',
        epoch: 3,
        assignment: new Map([['t', [0, 1]]]),
      },
    ],
  })
})

test('a rebalance that a test asks for begins a new epoch', () => {
  const harness = new Harness({ configs })
  const client = new ShareClient(harness, 'm-1')
  client.join('t')
  client.heartbeat()
  void harness.coordinator.inspection.rebalance(GROUP, 'a test asked for it')
  expect(describeShare(harness)).toMatchObject({ groupEpoch: 4, assignmentEpoch: 3 })
  expect(client.heartbeat().memberEpoch).toBe(4)
  expect(describeShare(harness)).toMatchObject({ groupEpoch: 4, assignmentEpoch: 4 })
})
