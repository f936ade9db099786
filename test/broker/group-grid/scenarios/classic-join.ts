import { Heartbeat, JoinGroup, SyncGroup } from '../../../../src/protocol/messages/index.ts'
import { classicMember, join, joining, protocols, syncing } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'

const joins = { api: 'JoinGroup', versions: versions(0, 9) }

const scenarios: readonly Scenario[] = [
  {
    name: 'a lone member joins and leads',
    ...joins,
    run: async (scene, version) => {
      const { memberId } = await join(scene, version)
      scene.watch('g', 'classic', 'listed')
      await scene.call(JoinGroup, version, joining({ memberId }))
      await scene.call(JoinGroup, version, joining({ memberId, protocols: protocols('sticky') }))
      await scene.call(JoinGroup, version, joining({ memberId, protocols: protocols('b', 'a') }))
    },
  },
  {
    name: 'requests with invalid fields',
    ...joins,
    run: async (scene, version) => {
      scene.watch('g', 'listed')
      const invalid = [
        { groupId: '' },
        { sessionTimeoutMs: 0 },
        { sessionTimeoutMs: 999 },
        { sessionTimeoutMs: 1_800_001 },
        { protocols: [] },
        { protocolType: '' },
        { protocolType: '', protocols: [] },
        { memberId: 'nobody' },
        { memberId: 'nobody', protocols: [] },
        { groupId: '', memberId: 'nobody', sessionTimeoutMs: 0 },
      ]
      for (const fields of invalid) await scene.call(JoinGroup, version, joining(fields))
    },
  },
  {
    name: 'requests with invalid fields for a group with members',
    ...joins,
    run: async (scene, version) => {
      await classicMember(scene)
      scene.watch('g', 'classic')
      const invalid = [
        { protocolType: 'connect' },
        { protocols: protocols('other') },
        { protocols: [] },
        { protocolType: '' },
        { memberId: 'nobody' },
        { memberId: 'nobody', protocolType: 'connect' },
        { memberId: 'nobody', protocols: protocols('other') },
      ]
      for (const fields of invalid) await scene.call(JoinGroup, version, joining(fields))
    },
  },
  {
    name: 'a second member joins, and the first one rejoins',
    ...joins,
    run: async (scene, version) => {
      const first = await classicMember(scene, { protocols: protocols('range', 'sticky') })
      scene.watch('g', 'classic')
      const both = { protocols: protocols('sticky', 'range') }
      let memberId = ''
      if (version >= 4) {
        const required = await scene.call(JoinGroup, version, joining(both))
        memberId = required.memberId
      }
      const second = await scene.begin('b', JoinGroup, version, joining({ ...both, memberId }))
      await scene.observe()
      const beat = { groupId: 'g', generationId: 1, memberId: first }
      await scene.call(Heartbeat, 3, beat)
      await scene.call(SyncGroup, 3, syncing(first, 1))
      const rejoin = joining({ memberId: first, protocols: protocols('range', 'sticky') })
      const { generationId } = await scene.call(JoinGroup, version, rejoin)
      const joined = await second.answered()
      await scene.call(Heartbeat, 3, { ...beat, generationId })
      await scene.call(Heartbeat, 3, { ...beat, generationId: 1 })
      const waiting = await scene.begin('b', SyncGroup, 3, syncing(joined.memberId, generationId))
      const assignments = { [first]: 'one', [joined.memberId]: 'two' }
      await scene.call(SyncGroup, 3, syncing(first, generationId, assignments))
      await waiting.answered()
      await scene.call(Heartbeat, 3, { ...beat, generationId })
      await scene.call(SyncGroup, 3, syncing(joined.memberId, generationId))
      // A follower that has not changed gets the generation again.
      await scene.call(JoinGroup, version, joining({ ...both, memberId: joined.memberId }))
    },
  },
  {
    name: 'a member that rejoins without its id is a new member',
    api: 'JoinGroup',
    versions: [0, 3, 9],
    run: async (scene, version) => {
      await classicMember(scene, { sessionTimeoutMs: 1500, rebalanceTimeoutMs: 1500 })
      scene.watch('g', 'classic')
      if (version < 4) {
        const second = await scene.begin('b', JoinGroup, version, joining())
        await scene.stage.pass(2500)
        await second.answered()
      } else {
        const { memberId } = await scene.call(JoinGroup, version, joining())
        const second = await scene.begin('b', JoinGroup, version, joining({ memberId }))
        await scene.stage.pass(2500)
        await second.answered()
      }
    },
  },
  {
    name: 'a member that does not rejoin within the rebalance timeout is removed',
    api: 'JoinGroup',
    versions: [0, 3, 9],
    run: async (scene, version) => {
      await classicMember(scene, { rebalanceTimeoutMs: 1500 })
      scene.watch('g', 'classic')
      const timeouts = { rebalanceTimeoutMs: 1500, sessionTimeoutMs: version === 0 ? 1500 : 60_000 }
      const { memberId = '' } =
        version < 4 ? {} : await scene.call(JoinGroup, version, joining(timeouts))
      const second = await scene.begin('b', JoinGroup, version, joining({ ...timeouts, memberId }))
      // Half of the time until the second member would be removed, too, as it sends no SyncGroup.
      await scene.stage.pass(1750)
      await second.answered()
    },
  },
  {
    name: 'the protocol that most members prefer is chosen',
    ...joins,
    run: async (scene, version) => {
      const first = await classicMember(scene, { protocols: protocols('c', 'b', 'a') })
      scene.watch('g', 'classic')
      const other = { protocols: protocols('a', 'b') }
      const { memberId = '' } =
        version < 4 ? {} : await scene.call(JoinGroup, version, joining(other))
      const second = await scene.begin('b', JoinGroup, version, joining({ ...other, memberId }))
      await scene.call(
        JoinGroup,
        version,
        joining({ memberId: first, protocols: protocols('c', 'b', 'a') }),
      )
      await second.answered()
    },
  },
]

export const classicJoin: Suite = { name: 'classic-join', setting: {}, scenarios }
