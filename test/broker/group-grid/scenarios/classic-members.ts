import {
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  SyncGroup,
} from '../../../../src/protocol/messages/index.ts'
import { classicMember, join, joining, syncing } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'

const syncs = { api: 'SyncGroup', versions: versions(0, 5) }
const beats = { api: 'Heartbeat', versions: versions(0, 4) }
const leaves = { api: 'LeaveGroup', versions: versions(0, 5) }

const scenarios: readonly Scenario[] = [
  {
    name: 'SyncGroup of the leader completes the rebalance',
    ...syncs,
    run: async (scene, version) => {
      const { memberId } = await join(scene, 6)
      scene.watch('g', 'classic', 'listed')
      await scene.call(SyncGroup, version, syncing(memberId, 1, { [memberId]: 'mine', x: 'its' }))
      await scene.call(SyncGroup, version, syncing(memberId, 1, { [memberId]: 'other' }))
      await scene.call(SyncGroup, version, syncing(memberId, 1))
    },
  },
  {
    name: 'SyncGroup without an assignment for the leader',
    ...syncs,
    run: async (scene, version) => {
      const { memberId } = await join(scene, 6)
      scene.watch('g', 'classic')
      await scene.call(SyncGroup, version, syncing(memberId, 1))
    },
  },
  {
    name: 'SyncGroup with invalid fields',
    ...syncs,
    run: async (scene, version) => {
      const sync = (fields: Partial<Parameters<typeof syncing>[3]>) =>
        scene.call(SyncGroup, version, syncing('nobody', 1, {}, fields))
      await sync({})
      await sync({ groupId: '' })
      await sync({ memberId: '' })
      const { memberId } = await join(scene, 6)
      scene.watch('g', 'classic')
      await sync({})
      await sync({ memberId: '' })
      await sync({ memberId, generationId: 0 })
      await sync({ memberId, generationId: 2 })
      await sync({ memberId, generationId: -1 })
      if (version >= 3) {
        await sync({ memberId, groupInstanceId: 'instance' })
      }
      await sync({ memberId, protocolType: 'connect' })
      await sync({ memberId, protocolName: 'sticky' })
      await sync({ memberId, protocolType: null, protocolName: null })
      await sync({ groupId: 'other', memberId })
    },
  },
  {
    name: 'Heartbeat in each state of the group',
    ...beats,
    run: async (scene, version) => {
      const beat = (fields = {}) =>
        scene.call(Heartbeat, version, {
          groupId: 'g',
          generationId: 1,
          memberId: 'nobody',
          ...fields,
        })
      await beat()
      await beat({ groupId: '' })
      const { memberId } = await join(scene, 6)
      scene.watch('g', 'classic')
      await beat()
      await beat({ memberId: '' })
      await beat({ memberId })
      await beat({ memberId, generationId: 0 })
      await beat({ memberId, generationId: 2 })
      await scene.call(SyncGroup, 3, syncing(memberId, 1))
      await beat({ memberId })
      await beat({ memberId, generationId: 0 })
      await beat({ memberId, generationId: 2 })
      await beat({ memberId, generationId: -1 })
      if (version >= 3) await beat({ memberId, groupInstanceId: 'instance' })
      await beat({ memberId: '' })
      const second = await scene.begin('b', JoinGroup, 3, joining())
      await beat({ memberId })
      await beat({ memberId, generationId: 2 })
      await scene.call(JoinGroup, 3, joining({ memberId }))
      await second.answered()
      await beat({ memberId, generationId: 2 })
      await scene.call(LeaveGroup, 2, { groupId: 'g', memberId, members: [] })
      await beat({ memberId, generationId: 2 })
    },
  },
  {
    name: 'LeaveGroup',
    ...leaves,
    run: async (scene, version) => {
      const leave = (memberId: string, groupId = 'g') =>
        scene.call(LeaveGroup, version, {
          groupId,
          memberId,
          members: [{ memberId, reason: 'it is late' }],
        })
      await leave('nobody')
      await leave('nobody', '')
      const memberId = await classicMember(scene)
      scene.watch('g', 'classic', 'listed')
      await leave('nobody')
      await leave('')
      await leave(memberId)
      await leave(memberId)
    },
  },
  {
    name: 'LeaveGroup of several members',
    api: 'LeaveGroup',
    versions: versions(3, 5),
    run: async (scene, version) => {
      const first = await classicMember(scene, { groupInstanceId: 'one' })
      const second = await scene.begin('b', JoinGroup, 5, joining({ groupInstanceId: 'two' }))
      await scene.call(JoinGroup, 5, joining({ memberId: first, groupInstanceId: 'one' }))
      const { memberId } = await second.answered()
      scene.watch('g', 'classic')
      const leave = (members: readonly { memberId: string; groupInstanceId?: string | null }[]) =>
        scene.call(LeaveGroup, version, { groupId: 'g', memberId: '', members: [...members] })
      await leave([])
      await leave([{ memberId: 'nobody' }, { memberId: '', groupInstanceId: 'three' }])
      await leave([{ memberId: first, groupInstanceId: 'two' }])
      await leave([{ memberId: 'nobody', groupInstanceId: 'two' }])
      await leave([{ memberId, groupInstanceId: 'three' }])
      await leave([{ memberId: '', groupInstanceId: 'one' }, { memberId }, { memberId: 'nobody' }])
      await leave([{ memberId: '', groupInstanceId: 'one' }])
    },
  },
  {
    name: 'the leader leaves while its followers wait',
    ...leaves,
    run: async (scene, version) => {
      const first = await classicMember(scene)
      const second = await scene.begin('b', JoinGroup, 3, joining())
      await scene.call(JoinGroup, 3, joining({ memberId: first }))
      const { memberId } = await second.answered()
      const waiting = await scene.begin('b', SyncGroup, 3, syncing(memberId, 2))
      scene.watch('g', 'classic')
      await scene.call(LeaveGroup, version, {
        groupId: 'g',
        memberId: first,
        members: [{ memberId: first }],
      })
      await waiting.answered()
      await scene.call(JoinGroup, 3, joining({ memberId }))
    },
  },
  {
    name: 'a member whose session ends is removed',
    run: async (scene) => {
      const memberId = await classicMember(scene, { sessionTimeoutMs: 1500 })
      scene.watch('g', 'classic', 'listed')
      const beat = { groupId: 'g', generationId: 1, memberId }
      await scene.pass(800)
      await scene.call(Heartbeat, 4, beat)
      await scene.pass(2500)
      await scene.call(Heartbeat, 4, beat)
    },
  },
  {
    name: 'a member that was promised an id and does not join is forgotten',
    run: async (scene) => {
      const { memberId } = await scene.call(JoinGroup, 5, joining({ sessionTimeoutMs: 1000 }))
      scene.watch('g', 'classic', 'listed')
      await scene.pass(2500)
      await scene.call(JoinGroup, 5, joining({ memberId, sessionTimeoutMs: 1000 }))
    },
  },
  {
    name: 'a member that does not sync is removed after the rebalance timeout',
    run: async (scene) => {
      const first = await classicMember(scene, { rebalanceTimeoutMs: 1500 })
      const second = await scene.begin('b', JoinGroup, 3, joining({ rebalanceTimeoutMs: 1500 }))
      await scene.call(JoinGroup, 3, joining({ memberId: first, rebalanceTimeoutMs: 1500 }))
      await second.answered()
      scene.watch('g', 'classic')
      await scene.call(SyncGroup, 3, syncing(first, 2, { [first]: 'all' }))
      await scene.pass(4000)
      await scene.call(Heartbeat, 4, { groupId: 'g', generationId: 2, memberId: first })
    },
  },
  {
    name: 'a leader that does not sync is removed after the rebalance timeout',
    run: async (scene) => {
      const first = await classicMember(scene, { rebalanceTimeoutMs: 1500 })
      const second = await scene.begin('b', JoinGroup, 3, joining({ rebalanceTimeoutMs: 1500 }))
      await scene.call(JoinGroup, 3, joining({ memberId: first, rebalanceTimeoutMs: 1500 }))
      const { memberId } = await second.answered()
      scene.watch('g', 'classic')
      const waiting = await scene.begin('b', SyncGroup, 3, syncing(memberId, 2))
      await scene.stage.pass(4000)
      await waiting.answered()
    },
  },
]

export const classicMembers: Suite = { name: 'classic-members', setting: {}, scenarios }
