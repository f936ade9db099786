import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DeleteGroups, ListGroups } from '../../../src/protocol/messages/index.ts'
import { commit, foreignGroup, stableGroup, startGroupCluster } from '../support.ts'

const ALL = { statesFilter: [], typesFilter: [] }

test.each([0, 1, 2, 3])(
  'groups without members are deleted in version %i, others return an error',
  async (version) => {
    const cluster = await startGroupCluster()
    await stableGroup(cluster, 'members')
    await commit(cluster, 'offsets')
    const groupsNames = ['offsets', 'members', 'unknown']
    const { results } = await cluster.call(DeleteGroups, version, { groupsNames })
    const codes = Object.fromEntries(results.map(({ groupId, errorCode }) => [groupId, errorCode]))
    expect(codes).toEqual({
      offsets: ErrorCode.None,
      members: ErrorCode.NonEmptyGroup,
      unknown: ErrorCode.GroupIdNotFound,
    })
    const { groups } = await cluster.call(ListGroups, 5, ALL)
    expect(groups.map(({ groupId }) => groupId)).toEqual(['members'])
  },
)

test('a broker that does not coordinate the group answers NOT_COORDINATOR', async () => {
  const cluster = await startGroupCluster({ brokers: 3 })
  const groupsNames = [await foreignGroup(cluster)]
  const { results } = await cluster.call(DeleteGroups, 2, { groupsNames })
  expect(results).toMatchObject([{ errorCode: ErrorCode.NotCoordinator }])
})
