import { JoinGroup } from '../../../../src/protocol/messages/index.ts'
import {
  classicMember,
  commit,
  consumer,
  fetchOffsets,
  joining,
  protocols,
  share,
  streams,
} from '../requests.ts'
import type { Scenario, Suite } from '../scenario.ts'

const full: readonly Scenario[] = [
  {
    name: 'groups that are full',
    run: async (scene) => {
      await scene.createTopic('t')
      await classicMember(scene)
      await scene.call(JoinGroup, 3, joining())
      await scene.call(JoinGroup, 9, joining({ protocols: protocols('range') }))
      await scene.call(JoinGroup, 9, joining({ groupInstanceId: 'one' }))
      await consumer(scene, { groupId: 'c' })
      await consumer(scene, { groupId: 'c', memberId: 'b' })
      await consumer(scene, { groupId: 'c', memberId: 'b', instanceId: 'one' })
      await share(scene, { groupId: 's' })
      await share(scene, { groupId: 's', memberId: 'b' })
      await streams(scene, { groupId: 'z' })
      await streams(scene, { groupId: 'z', memberId: 'b' })
    },
  },
]

const disabled: readonly Scenario[] = [
  {
    name: 'only classic groups',
    run: async (scene) => {
      await scene.createTopic('t')
      await classicMember(scene)
      await consumer(scene, { groupId: 'c' })
      await share(scene, { groupId: 's' })
      await streams(scene, { groupId: 'z' })
    },
  },
]

const assigned: readonly Scenario[] = [
  {
    name: 'an assignor that is not allowed',
    run: async (scene) => {
      await scene.createTopic('t')
      await consumer(scene, { serverAssignor: 'uniform' })
      await consumer(scene, { serverAssignor: 'range' })
      await consumer(scene, { memberId: 'b' })
    },
  },
]

const expiring: readonly Scenario[] = [
  {
    name: 'offsets expire',
    run: async (scene) => {
      await scene.createTopic('t')
      await commit(scene, { t: { 0: 3 } })
      await consumer(scene, { groupId: 'c' })
      await commit(scene, { t: { 0: 3 } }, { groupId: 'c', memberId: 'a', generation: 2 })
      scene.watch('g', 'listed', 'offsets')
      scene.watch('c', 'listed', 'offsets')
      await scene.observe()
      await scene.pass(63_000)
      await fetchOffsets(scene, null)
    },
  },
]

export const limits: readonly Suite[] = [
  {
    name: 'full-groups',
    isAlone: true,
    setting: {
      config: {
        'group.max.size': 1,
        'group.consumer.max.size': 1,
        'group.share.max.size': 1,
        'group.streams.max.size': 1,
      },
    },
    scenarios: full,
  },
  {
    name: 'one-assignor',
    isAlone: true,
    setting: { config: { 'group.consumer.assignors': 'range' } },
    scenarios: assigned,
  },
  {
    name: 'classic-only',
    isAlone: true,
    setting: { config: { 'group.coordinator.rebalance.protocols': 'classic' } },
    scenarios: disabled,
  },
  {
    name: 'offset-expiration',
    isAlone: true,
    setting: {
      config: { 'offsets.retention.minutes': 1, 'offsets.retention.check.interval.ms': 1000 },
    },
    scenarios: expiring,
  },
]
