import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { JoinGroup } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import {
  foreignGroup,
  isPending,
  joinRequest,
  stableGroup,
  startGroupCluster,
  coordinatorOf,
} from '../support.ts'

test.each([0, 1, 2, 3])('a new member joins immediately in version %i', async (version) => {
  const { call } = await startGroupCluster()
  const joined = await call(JoinGroup, version, joinRequest('group'))
  expect(joined).toMatchObject({
    errorCode: ErrorCode.None,
    generationId: 1,
    protocolName: 'range',
  })
  expect(joined.leader).toBe(joined.memberId)
  expect(joined.members.map(({ memberId }) => memberId)).toEqual([joined.memberId])
})

test.each([4, 5, 6, 7, 8, 9])(
  'a new member joins again with its new id in version %i (KIP-394)',
  async (version) => {
    const { call } = await startGroupCluster()
    const { errorCode, memberId } = await call(JoinGroup, version, joinRequest('group'))
    expect(errorCode).toBe(ErrorCode.MemberIdRequired)
    expect(await call(JoinGroup, version, joinRequest('group', memberId))).toMatchObject({
      errorCode: ErrorCode.None,
      generationId: 1,
      leader: memberId,
      protocolType: version < 7 ? null : 'consumer',
    })
  },
)

test('answers INVALID_GROUP_ID, INVALID_SESSION_TIMEOUT, INCONSISTENT_GROUP_PROTOCOL and UNKNOWN_MEMBER_ID', async () => {
  const { call } = await startGroupCluster()
  const errorOf = async (...request: Parameters<typeof joinRequest>) =>
    (await call(JoinGroup, 9, joinRequest(...request))).errorCode
  expect(await errorOf('')).toBe(ErrorCode.InvalidGroupId)
  expect(await errorOf('group', '', { sessionTimeoutMs: 1 })).toBe(ErrorCode.InvalidSessionTimeout)
  expect(await errorOf('group', '', { protocols: [] })).toBe(ErrorCode.InconsistentGroupProtocol)
  expect(await errorOf('group', 'nobody')).toBe(ErrorCode.UnknownMemberId)
})

test('a second member makes the group rebalance; it waits until the first has joined again', async () => {
  const cluster = await startGroupCluster()
  const first = await stableGroup(cluster, 'group')
  const other = await cluster.connect()
  const { memberId } = await other.call(JoinGroup, 5, joinRequest('group'))
  const joining = other.call(JoinGroup, 5, joinRequest('group', memberId))
  expect(await isPending(joining)).toBe(true)
  const rejoined = await cluster.call(JoinGroup, 5, joinRequest('group', first.memberId))
  expect(rejoined).toMatchObject({ errorCode: ErrorCode.None, generationId: 2 })
  expect(rejoined.members).toHaveLength(2)
  expect(await joining).toMatchObject({ generationId: 2, leader: first.memberId, members: [] })
})

test('with the faithful profile a new group waits group.initial.rebalance.delay.ms', async () => {
  const cluster = await startGroupCluster({ profile: 'faithful' })
  const joining = cluster.call(JoinGroup, 3, joinRequest('group'))
  expect(await isPending(joining)).toBe(true)
  await cluster.clock.advance(2999)
  expect(await isPending(joining)).toBe(true)
  await cluster.clock.advance(1)
  expect((await joining).errorCode).toBe(ErrorCode.None)
})

test('a broker that does not coordinate the group answers NOT_COORDINATOR', async () => {
  const cluster = await startGroupCluster({ brokers: 3 })
  const joined = await cluster.call(JoinGroup, 9, joinRequest(await foreignGroup(cluster)))
  expect(joined.errorCode).toBe(ErrorCode.NotCoordinator)
})

test('no broker is a coordinator before the offsets topic exists: NOT_COORDINATOR until FindCoordinator creates it', async () => {
  const cluster = await startTestCluster()
  const join = async () => (await cluster.call(JoinGroup, 3, joinRequest('group'))).errorCode
  expect(await join()).toBe(ErrorCode.NotCoordinator)
  await coordinatorOf(cluster, 'group')
  expect(await join()).toBe(ErrorCode.None)
})
