import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { ListGroups } from '../../../src/protocol/messages/index.ts'
import { commit, coordinatorOf, stableGroup, startGroupCluster } from '../support.ts'

const ALL = { statesFilter: [], typesFilter: [] }

test.each([0, 1, 2, 3, 4, 5])('returns the groups in version %i', async (version) => {
  const cluster = await startGroupCluster()
  await stableGroup(cluster, 'members')
  await commit(cluster, 'offsets')
  const { errorCode, groups } = await cluster.call(ListGroups, version, ALL)
  expect(errorCode).toBe(ErrorCode.None)
  const groupType = version < 5 ? '' : 'classic'
  const state = (name: string) => (version < 4 ? '' : name)
  expect(groups.sort((a, b) => a.groupId.localeCompare(b.groupId))).toEqual([
    { groupId: 'members', protocolType: 'consumer', groupState: state('Stable'), groupType },
    { groupId: 'offsets', protocolType: '', groupState: state('Empty'), groupType },
  ])
})

test('returns only groups of some states (KIP-518) and types (KIP-848), case-insensitively', async () => {
  const cluster = await startGroupCluster()
  await stableGroup(cluster, 'members')
  await commit(cluster, 'offsets')
  const names = async (filters: { statesFilter?: string[]; typesFilter?: string[] }) =>
    (await cluster.call(ListGroups, 5, { ...ALL, ...filters })).groups
      .map(({ groupId }) => groupId)
      .sort()
  expect(await names({ statesFilter: ['Stable'] })).toEqual(['members'])
  expect(await names({ statesFilter: ['empty', 'STABLE'] })).toEqual(['members', 'offsets'])
  expect(await names({ statesFilter: ['Nonsense'] })).toEqual([])
  expect(await names({ typesFilter: ['classic'] })).toEqual(['members', 'offsets'])
  expect(await names({ typesFilter: ['share'] })).toEqual([])
})

test('each broker returns the groups that it coordinates', async () => {
  const cluster = await startGroupCluster({ brokers: 3 })
  const coordinators = new Map<string, number>()
  for (let index = 0; index < 12; index++) {
    const group = `group-${index}`
    const coordinator = await coordinatorOf(cluster, group)
    coordinators.set(group, coordinator)
    await commit(await cluster.connect(coordinator), group)
  }
  for (const id of [1, 2, 3]) {
    const { groups } = await (await cluster.connect(id)).call(ListGroups, 5, ALL)
    const expected = [...coordinators].filter(([, coordinator]) => coordinator === id)
    expect(groups.map(({ groupId }) => groupId).sort()).toEqual(expected.map(([g]) => g).sort())
  }
})
