import {
  DeleteGroups,
  DescribeGroups,
  FindCoordinator,
  JoinGroup,
  ListGroups,
} from '../../../../src/protocol/messages/index.ts'
import type { GroupScene } from '../group-scene.ts'
import { classicMember, commit, consumer, joining } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'

/** ListGroups, without the groups of other scenarios. */
async function list(
  scene: GroupScene,
  version: number,
  filters: { statesFilter?: string[]; typesFilter?: string[] } = {},
): Promise<void> {
  const request = { statesFilter: [], typesFilter: [], ...filters }
  const response = await scene.send(ListGroups, version, request)
  const own = response?.groups.filter(({ groupId }) => scene.texts.isPrefixed(groupId)) ?? []
  const shown = response === undefined ? 'the connection is closed' : { ...response, groups: own }
  scene.note(`ListGroups v${version}`, request, shown)
}

const scenarios: readonly Scenario[] = [
  {
    name: 'FindCoordinator',
    api: 'FindCoordinator',
    versions: versions(0, 6),
    run: async (scene, version) => {
      const find = (keyType: number, ...keys: readonly string[]) =>
        scene.call(FindCoordinator, version, {
          key: keys[0] ?? '',
          keyType,
          coordinatorKeys: [...keys],
        })
      await find(0, 'g')
      await find(0, '')
      if (version >= 1) {
        await find(1, 'g')
        await find(2, 'g')
        await find(2, `g:AAAAAAAAAAAAAAAAAAAAAA:0`)
        await find(2, `g:with:colons:AAAAAAAAAAAAAAAAAAAAAA:0`)
        await find(2, 'g:AAAAAAAAAAAAAAAAAAAAAA:x')
        await find(2, 'g:nonsense:0')
        await find(2, '')
        await find(3, 'g')
        await find(-1, 'g')
      }
      if (version >= 4) {
        await find(0, 'g', 'h', '')
        await find(0)
      }
    },
  },
  {
    name: 'DescribeGroups of classic groups',
    api: 'DescribeGroups',
    versions: versions(0, 6),
    run: async (scene, version) => {
      const describe = (groups: readonly string[], includeAuthorizedOperations = false) =>
        scene.call(DescribeGroups, version, { groups: [...groups], includeAuthorizedOperations })
      await describe(['g'])
      await describe([])
      await describe([''])
      await classicMember(scene, { groupInstanceId: 'one' })
      await scene.createTopic('t')
      await commit(scene, { t: { 0: 3 } }, { groupId: 'empty' })
      await scene.call(JoinGroup, 3, joining({ groupId: 'syncs' }))
      await describe(['g', 'empty', 'syncs', 'nothing', ''])
      await describe(['g', 'g'])
      if (version >= 3) await describe(['g', 'empty', 'nothing', ''], true)
    },
  },
  {
    name: 'ListGroups with states and types',
    api: 'ListGroups',
    versions: versions(0, 5),
    run: async (scene, version) => {
      await scene.createTopic('t')
      await classicMember(scene, { groupId: 'stable' })
      await classicMember(scene, { groupId: 'connect', protocolType: 'connect' })
      await scene.call(JoinGroup, 3, joining({ groupId: 'syncs' }))
      await commit(scene, { t: { 0: 3 } }, { groupId: 'empty' })
      await consumer(scene, { groupId: 'consumer' })
      await list(scene, version)
      if (version >= 4) {
        const states = [
          ['Stable'],
          ['stable', 'EMPTY'],
          ['CompletingRebalance'],
          ['PreparingRebalance', 'Dead'],
          ['Assigning', 'Reconciling'],
          ['Nonsense'],
        ]
        for (const statesFilter of states) await list(scene, version, { statesFilter })
      }
      if (version >= 5) {
        const types = [['classic'], ['Consumer'], ['share', 'STREAMS'], ['nonsense'], ['unknown']]
        for (const typesFilter of types) await list(scene, version, { typesFilter })
        await list(scene, version, { typesFilter: ['classic'], statesFilter: ['Empty'] })
      }
    },
  },
  {
    name: 'DeleteGroups',
    api: 'DeleteGroups',
    versions: versions(0, 3),
    run: async (scene, version) => {
      const remove = (...groupsNames: readonly string[]) =>
        scene.call(DeleteGroups, version, { groupsNames: [...groupsNames] })
      await scene.createTopic('t')
      await remove('g')
      await remove('')
      await remove()
      await classicMember(scene)
      await commit(scene, { t: { 0: 3 } }, { groupId: 'empty' })
      await commit(scene, { t: { 0: 3 } }, { groupId: 'other' })
      scene.watch('empty', 'listed', 'offsets')
      await remove('g', 'empty', 'nothing', '')
      await remove('empty', 'other', 'other')
      await remove('other')
    },
  },
]

export const groups: Suite = { name: 'groups', setting: {}, scenarios }
