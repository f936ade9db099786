import {
  DeleteGroups,
  DeleteTopics,
  JoinGroup,
  OffsetDelete,
  OffsetFetch,
} from '../../../../src/protocol/messages/index.ts'
import { classicMember, commit, consumer, fetchOffsets, joining } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'

const commits = { api: 'OffsetCommit', versions: versions(2, 10) }
const fetches = { api: 'OffsetFetch', versions: versions(1, 10) }

const scenarios: readonly Scenario[] = [
  {
    name: 'commits without members',
    ...commits,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      scene.watch('g', 'offsets', 'listed', 'classic')
      await commit(scene, { t: { 0: 3, 1: 4 } }, { version })
      await commit(scene, { t: { 0: 5 } }, { version, metadata: 'kept', leaderEpoch: 0 })
      await commit(scene, { t: { 0: 6 } }, { version, metadata: null, leaderEpoch: 7 })
      await commit(scene, { t: { 0: -1 } }, { version })
      await commit(scene, { t: { 0: -7 } }, { version })
      await commit(scene, { t: { 0: 7 } }, { version, metadata: 'm'.repeat(5000) })
      await commit(scene, { t: { 0: 8, 9: 8 } }, { version })
      await commit(scene, { t: { 0: 9 }, nothing: { 0: 9 } }, { version })
      await commit(scene, { nothing: { 0: 10 } }, { version })
      await commit(scene, {}, { version })
      await commit(scene, { t: {} }, { version })
      await commit(scene, { t: { 0: 11 } }, { version, groupId: '' })
      await scene.call(DeleteGroups, 2, { groupsNames: [''] })
    },
  },
  {
    name: 'commits with generations and members that there are not',
    ...commits,
    run: async (scene, version) => {
      await scene.createTopic('t')
      scene.watch('g', 'offsets', 'listed')
      const offsets = { t: { 0: 3 } }
      await commit(scene, offsets, { version, generation: 1, memberId: 'nobody' })
      await commit(scene, offsets, { version, generation: 0, memberId: '' })
      await commit(scene, offsets, { version, memberId: 'nobody' })
      if (version >= 7) await commit(scene, offsets, { version, groupInstanceId: 'instance' })
      await commit(scene, offsets, { version })
      await commit(scene, offsets, { version, generation: 1, memberId: 'nobody' })
      await commit(scene, offsets, { version, memberId: 'nobody' })
    },
  },
  {
    name: 'commits of a classic member',
    ...commits,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const memberId = await classicMember(scene)
      scene.watch('g', 'offsets')
      const send = (generation: number, id: string, offset: number, instance?: string) =>
        commit(
          scene,
          { t: { 0: offset } },
          { version, generation, memberId: id, groupInstanceId: instance ?? null },
        )
      await send(1, memberId, 1)
      await send(0, memberId, 2)
      await send(2, memberId, 3)
      await send(-1, memberId, 4)
      await send(1, 'nobody', 5)
      await send(1, '', 6)
      await send(-1, '', 7)
      await send(-1, 'nobody', 8)
      if (version >= 7) await send(1, memberId, 9, 'instance')
      const second = await scene.begin('b', JoinGroup, 3, joining())
      await send(1, memberId, 10)
      await scene.call(JoinGroup, 3, joining({ memberId }))
      await second.answered()
      await send(2, memberId, 11)
      await send(1, memberId, 12)
    },
  },
  {
    name: 'commits of a consumer member',
    ...commits,
    run: async (scene, version) => {
      await scene.createTopic('t')
      await consumer(scene)
      await consumer(scene, { memberId: 'b' })
      await consumer(scene, { memberEpoch: 2 })
      scene.watch('g', 'offsets')
      const send = (generation: number, memberId: string, offset: number) =>
        commit(scene, { t: { 0: offset } }, { version, generation, memberId })
      await send(3, 'a', 1)
      await send(2, 'a', 2)
      await send(4, 'a', 3)
      await send(0, 'a', 4)
      await send(-1, 'a', 5)
      await send(3, 'nobody', 6)
      await send(3, '', 7)
      await send(-1, '', 8)
      await send(-1, 'nobody', 9)
    },
  },
  {
    name: 'fetches of partitions, topics and groups',
    ...fetches,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 3 })
      await scene.createTopic('u')
      await commit(scene, { t: { 0: 3, 1: 4 } }, { metadata: 'about', leaderEpoch: 0 })
      await commit(scene, { u: { 0: 5 } })
      await fetchOffsets(scene, { t: [0, 1, 2, 9], u: [0] }, { version })
      await fetchOffsets(scene, { t: [] }, { version })
      await fetchOffsets(scene, {}, { version })
      await fetchOffsets(scene, { nothing: [0] }, { version })
      if (version >= 2) await fetchOffsets(scene, null, { version })
      await fetchOffsets(scene, { t: [0] }, { version, groupId: 'other' })
      if (version >= 2) await fetchOffsets(scene, null, { version, groupId: 'other' })
      await fetchOffsets(scene, { t: [0] }, { version, groupId: '' })
      if (version >= 7) await fetchOffsets(scene, { t: [0] }, { version, requireStable: true })
    },
  },
  {
    name: 'fetches of several groups (KIP-709)',
    api: 'OffsetFetch',
    versions: versions(8, 10),
    run: async (scene, version) => {
      await scene.createTopic('t')
      await commit(scene, { t: { 0: 3 } })
      await commit(scene, { t: { 0: 4 } }, { groupId: 'h' })
      const topics = [{ name: 't', topicId: scene.topicId('t'), partitionIndexes: [0] }]
      const group = (groupId: string, fields = {}) => ({ groupId, topics, ...fields })
      const fetch = (groups: readonly ReturnType<typeof group>[]) =>
        scene.call(OffsetFetch, version, {
          groupId: '',
          topics: [],
          groups: [...groups],
          requireStable: false,
        })
      await fetch([group('g'), group('h'), group('other')])
      await fetch([group('g'), group('', {}), group('h', { topics: null })])
      await fetch([])
      await fetch([group('g'), group('g')])
    },
  },
  {
    name: 'fetches with a member and its epoch (KIP-848)',
    api: 'OffsetFetch',
    versions: [9, 10],
    run: async (scene, version) => {
      await scene.createTopic('t')
      await commit(scene, { t: { 0: 3 } })
      const ask = (memberId: string | null, memberEpoch: number, groupId = 'g') =>
        fetchOffsets(scene, { t: [0] }, { version, memberId, memberEpoch, groupId })
      await ask('nobody', 1)
      await ask('nobody', -1)
      await ask(null, 1)
      await ask('nobody', 1, 'other')
      const classic = await classicMember(scene, { groupId: 'c' })
      await ask(classic, 1, 'c')
      await ask(classic, 2, 'c')
      await ask('nobody', 1, 'c')
      await consumer(scene, { groupId: 'k' })
      await ask('a', 2, 'k')
      await ask('a', 1, 'k')
      await ask('a', 3, 'k')
      await ask('a', -1, 'k')
      await ask('', 1, 'k')
      await ask('nobody', 1, 'k')
      await ask(null, -1, 'k')
    },
  },
  {
    name: 'OffsetDelete',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await scene.createTopic('u')
      const remove = (topics: Readonly<Record<string, readonly number[]>>, groupId = 'g') =>
        scene.call(OffsetDelete, 0, {
          groupId,
          topics: Object.entries(topics).map(([name, partitions]) => ({
            name,
            partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
          })),
        })
      await remove({ t: [0] })
      await remove({ t: [0] }, '')
      await commit(scene, { t: { 0: 3, 1: 4 }, u: { 0: 5 } })
      scene.watch('g', 'offsets', 'listed')
      await remove({ t: [0, 9], nothing: [0] })
      await remove({ t: [0] })
      await remove({})
      await remove({ t: [] })
      await remove({ t: [1], u: [0] })
      await remove({ t: [1] })
    },
  },
  {
    name: 'offsets of a deleted topic are deleted',
    run: async (scene) => {
      await scene.createTopic('t')
      await scene.createTopic('u')
      await commit(scene, { t: { 0: 3 }, u: { 0: 5 } })
      scene.watch('g', 'listed')
      await scene.call(DeleteTopics, 5, { topics: [], topicNames: ['t'], timeoutMs: 30_000 })
      await scene.isDeleted('t')
      const listed = () => scene.send(OffsetFetch, 7, { groupId: 'g', topics: null, groups: [] })
      for (let polls = 0; polls < 600 && (await listed())!.topics.length > 1; polls++) {
        await scene.stage.pass(20)
      }
      await fetchOffsets(scene, null)
      await fetchOffsets(scene, { t: [0] })
    },
  },
]

export const offsets: Suite = { name: 'offsets', setting: {}, scenarios }
