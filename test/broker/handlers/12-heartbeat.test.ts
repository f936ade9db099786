import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { Heartbeat, JoinGroup } from '../../../src/protocol/messages/index.ts'
import {
  foreignGroup,
  joinRequest,
  settle,
  stableGroup,
  type Caller,
  startGroupCluster,
} from '../support.ts'

async function beat(
  caller: Caller,
  groupId: string,
  memberId: string,
  generationId: number,
  version = 4,
) {
  return (await caller.call(Heartbeat, version, { groupId, memberId, generationId })).errorCode
}

test.each([0, 1, 2, 3, 4])(
  'a member of the generation gets no error in version %i',
  async (version) => {
    const cluster = await startGroupCluster()
    const { memberId, generationId } = await stableGroup(cluster, 'group')
    expect(await beat(cluster, 'group', memberId, generationId, version)).toBe(ErrorCode.None)
  },
)

test('answers ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID and INVALID_GROUP_ID', async () => {
  const cluster = await startGroupCluster()
  const { memberId, generationId } = await stableGroup(cluster, 'group')
  expect(await beat(cluster, 'group', memberId, generationId + 1)).toBe(ErrorCode.IllegalGeneration)
  expect(await beat(cluster, 'group', 'nobody', generationId)).toBe(ErrorCode.UnknownMemberId)
  expect(await beat(cluster, 'unknown', memberId, generationId)).toBe(ErrorCode.UnknownMemberId)
  expect(await beat(cluster, '', memberId, generationId)).toBe(ErrorCode.InvalidGroupId)
})

test('a rebalance is reported: REBALANCE_IN_PROGRESS', async () => {
  const cluster = await startGroupCluster()
  const { memberId, generationId } = await stableGroup(cluster, 'group')
  const other = await cluster.connect()
  other.send(JoinGroup, 3, joinRequest('group'))
  await settle()
  expect(await beat(cluster, 'group', memberId, generationId)).toBe(ErrorCode.RebalanceInProgress)
})

test('heartbeats keep a session alive, and without them it ends after session.timeout.ms', async () => {
  const cluster = await startGroupCluster()
  const { memberId, generationId } = await stableGroup(cluster, 'group')
  for (let seconds = 0; seconds < 30; seconds += 9) {
    await cluster.clock.advance(9000)
    expect(await beat(cluster, 'group', memberId, generationId)).toBe(ErrorCode.None)
  }
  await cluster.clock.advance(10_001)
  expect(await beat(cluster, 'group', memberId, generationId)).toBe(ErrorCode.UnknownMemberId)
})

test('a broker that does not coordinate the group answers NOT_COORDINATOR', async () => {
  const cluster = await startGroupCluster({ brokers: 3 })
  expect(await beat(cluster, await foreignGroup(cluster), 'member', 1)).toBe(
    ErrorCode.NotCoordinator,
  )
})

test.each(['test', 'faithful'] as const)(
  'of a member whose connection has closed is accepted over another one in profile %s',
  async (profile) => {
    const cluster = await startGroupCluster({
      profile,
      config: { 'group.initial.rebalance.delay.ms': 0 },
    })
    const joining = await cluster.connect()
    const request = joinRequest('group')
    const { memberId, generationId } = await joining.call(JoinGroup, 3, request)
    joining.close()
    await settle()
    expect(await beat(cluster, 'group', memberId, generationId)).toBe(ErrorCode.None)
  },
)
