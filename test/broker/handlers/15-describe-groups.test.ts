import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DescribeGroups } from '../../../src/protocol/messages/index.ts'
import { foreignGroup, stableGroup, startGroupCluster } from '../support.ts'

const PLAIN = { includeAuthorizedOperations: false }

test.each([0, 1, 2, 3, 4, 5, 6])(
  'returns state, protocol and members in version %i',
  async (version) => {
    const cluster = await startGroupCluster()
    const { memberId } = await stableGroup(cluster, 'group')
    const { groups } = await cluster.call(DescribeGroups, version, { groups: ['group'], ...PLAIN })
    expect(groups).toMatchObject([
      {
        errorCode: ErrorCode.None,
        groupId: 'group',
        groupState: 'Stable',
        protocolType: 'consumer',
        protocolData: 'range',
        members: [{ memberId, clientId: 'test' }],
      },
    ])
    expect(Buffer.from(groups[0]!.members[0]!.memberAssignment).toString()).toBe('all')
  },
)

test('an unknown group is dead, and from version 6 on an error (KIP-1043)', async () => {
  const { call } = await startGroupCluster()
  const before = await call(DescribeGroups, 5, { groups: ['unknown'], ...PLAIN })
  expect(before.groups).toMatchObject([{ errorCode: ErrorCode.None, groupState: 'Dead' }])
  const now = await call(DescribeGroups, 6, { groups: ['unknown'], ...PLAIN })
  expect(now.groups).toMatchObject([
    {
      errorCode: ErrorCode.GroupIdNotFound,
      errorMessage: 'Group unknown not found.',
      groupState: 'Dead',
    },
  ])
})

test('a broker that does not coordinate the group answers NOT_COORDINATOR', async () => {
  const cluster = await startGroupCluster({ brokers: 3 })
  const { groups } = await cluster.call(DescribeGroups, 5, {
    groups: [await foreignGroup(cluster)],
    ...PLAIN,
  })
  expect(groups).toMatchObject([{ errorCode: ErrorCode.NotCoordinator }])
})
