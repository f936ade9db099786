import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { JoinGroup, SyncGroup } from '../../../src/protocol/messages/index.ts'
import { foreignGroup, joinRequest, stableGroup, startGroupCluster } from '../support.ts'

const PROTOCOL = { protocolType: 'consumer', protocolName: 'range' }

test.each([0, 1, 2, 3, 4, 5])(
  'the leader sends the assignment and gets its own in version %i',
  async (version) => {
    const { call } = await startGroupCluster()
    const { memberId, generationId } = await call(JoinGroup, 3, joinRequest('group'))
    const synced = await call(SyncGroup, version, {
      groupId: 'group',
      memberId,
      generationId,
      ...PROTOCOL,
      assignments: [{ memberId, assignment: Buffer.from('all') }],
    })
    expect(synced).toMatchObject({
      errorCode: ErrorCode.None,
      protocolType: version < 5 ? null : 'consumer',
      protocolName: version < 5 ? null : 'range',
    })
    expect(Buffer.from(synced.assignment).toString()).toBe('all')
  },
)

test('answers ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID and INCONSISTENT_GROUP_PROTOCOL', async () => {
  const { call, ...cluster } = await startGroupCluster()
  const { memberId, generationId } = await stableGroup({ call, ...cluster }, 'group')
  const errorOf = async (options: object) => {
    const request = { groupId: 'group', memberId, generationId, ...PROTOCOL, assignments: [] }
    return (await call(SyncGroup, 5, { ...request, ...options })).errorCode
  }
  expect(await errorOf({})).toBe(ErrorCode.None)
  expect(await errorOf({ generationId: 9 })).toBe(ErrorCode.IllegalGeneration)
  expect(await errorOf({ memberId: 'nobody' })).toBe(ErrorCode.UnknownMemberId)
  expect(await errorOf({ protocolName: 'sticky' })).toBe(ErrorCode.InconsistentGroupProtocol)
  expect(await errorOf({ protocolName: null })).toBe(ErrorCode.InconsistentGroupProtocol)
  expect(await errorOf({ protocolType: 'connect' })).toBe(ErrorCode.InconsistentGroupProtocol)
})

test('a broker that does not coordinate the group answers NOT_COORDINATOR', async () => {
  const cluster = await startGroupCluster({ brokers: 3 })
  const groupId = await foreignGroup(cluster)
  const request = { groupId, memberId: 'member', generationId: 1, ...PROTOCOL, assignments: [] }
  expect((await cluster.call(SyncGroup, 5, request)).errorCode).toBe(ErrorCode.NotCoordinator)
})
