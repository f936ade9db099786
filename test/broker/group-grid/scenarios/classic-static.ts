import {
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  SyncGroup,
} from '../../../../src/protocol/messages/index.ts'
import { classicMember, commit, joining, protocols, syncing } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'

const joins = { api: 'JoinGroup', versions: versions(5, 9) }
const one = { groupInstanceId: 'one' }

const scenarios: readonly Scenario[] = [
  {
    name: 'a static member joins, and is replaced (KIP-345, KIP-814)',
    ...joins,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const old = await classicMember(scene, one)
      scene.watch('g', 'classic')
      const { memberId } = await scene.call(JoinGroup, version, joining(one))
      const beat = { groupId: 'g', generationId: 1, ...one }
      await scene.call(Heartbeat, 4, { ...beat, memberId: old })
      await scene.call(Heartbeat, 4, { ...beat, memberId })
      await scene.call(Heartbeat, 4, { ...beat, memberId, groupInstanceId: null })
      await scene.call(Heartbeat, 4, { ...beat, memberId: old, groupInstanceId: null })
      await scene.call(SyncGroup, 5, syncing(old, 1, {}, one))
      await scene.call(SyncGroup, 5, syncing(memberId, 1, {}, one))
      await commit(scene, { t: { 0: 1 } }, { generation: 1, memberId: old, ...one })
      await commit(scene, { t: { 0: 2 } }, { generation: 1, memberId, ...one })
      await commit(scene, { t: { 0: 3 } }, { generation: 1, memberId, groupInstanceId: 'two' })
      await scene.call(JoinGroup, version, joining({ ...one, memberId: old }))
      await scene.call(JoinGroup, version, joining({ ...one, memberId }))
    },
  },
  {
    name: 'a static member is replaced with other metadata',
    ...joins,
    run: async (scene, version) => {
      await classicMember(scene, { ...one, protocols: protocols('range', 'sticky') })
      scene.watch('g', 'classic')
      const same = { ...one, protocols: protocols('range', 'sticky') }
      const other = { ...one, protocols: [{ name: 'range', metadata: Buffer.from('other') }] }
      await scene.call(JoinGroup, version, joining(same))
      await scene.call(JoinGroup, version, joining(other))
    },
  },
  {
    name: 'a static follower is replaced',
    ...joins,
    run: async (scene, version) => {
      const first = await classicMember(scene, one)
      const two = { groupInstanceId: 'two' }
      const second = await scene.begin('b', JoinGroup, version, joining(two))
      await scene.call(JoinGroup, version, joining({ ...one, memberId: first }))
      const { memberId } = await second.answered()
      const assignments = { [first]: 'one', [memberId]: 'two' }
      await scene.call(SyncGroup, 5, syncing(first, 2, assignments, one))
      scene.watch('g', 'classic')
      const again = await scene.call(JoinGroup, version, joining(two))
      await scene.call(SyncGroup, 5, syncing(again.memberId, 2, {}, two))
      await scene.call(Heartbeat, 4, { groupId: 'g', generationId: 2, memberId, ...two })
    },
  },
  {
    name: 'a static member is replaced while its group rebalances',
    ...joins,
    run: async (scene, version) => {
      const first = await classicMember(scene)
      const two = { groupInstanceId: 'two' }
      scene.watch('g', 'classic')
      const second = await scene.begin('b', JoinGroup, version, joining(two))
      const third = await scene.begin('c', JoinGroup, version, joining(two))
      await second.answered()
      await scene.call(JoinGroup, version, joining({ memberId: first }))
      const { memberId } = await third.answered()
      const waiting = await scene.begin('c', SyncGroup, 5, syncing(memberId, 2, {}, two))
      const fourth = await scene.begin('d', JoinGroup, version, joining(two))
      await waiting.answered()
      await scene.call(JoinGroup, version, joining({ memberId: first }))
      await fourth.answered()
    },
  },
  {
    name: 'a static member with a wrong id or instance',
    ...joins,
    run: async (scene, version) => {
      await scene.call(JoinGroup, version, joining({ ...one, memberId: 'nobody' }))
      const memberId = await classicMember(scene, one)
      scene.watch('g', 'classic')
      await scene.call(JoinGroup, version, joining({ ...one, memberId: 'nobody' }))
      await scene.call(JoinGroup, version, joining({ memberId }))
      await scene.call(JoinGroup, version, joining({ memberId, groupInstanceId: 'two' }))
    },
  },
  {
    name: 'a static member leaves by its instance, and its session ends',
    run: async (scene) => {
      const memberId = await classicMember(scene, { ...one, sessionTimeoutMs: 1500 })
      scene.watch('g', 'classic')
      await scene.call(LeaveGroup, 3, {
        groupId: 'g',
        memberId: '',
        members: [{ memberId: 'nobody', ...one }],
      })
      await scene.pass(2500)
      await scene.call(Heartbeat, 4, { groupId: 'g', generationId: 1, memberId, ...one })
    },
  },
]

export const classicStatic: Suite = { name: 'classic-static', setting: {}, scenarios }
