import { addOffsets, commitOffsets, end, init } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'
import { UNKNOWN_PRODUCER_ID } from '../text.ts'
import { joinGroup } from '../groups.ts'

const addOffsetsApi = { api: 'AddOffsetsToTxn', versions: versions(0, 4) }
const commitApi = { api: 'TxnOffsetCommit', versions: versions(0, 6) }

const scenarios: readonly Scenario[] = [
  {
    name: 'AddOffsetsToTxn begins a transaction',
    ...addOffsetsApi,
    run: async (scene, version) => {
      const producer = await init(scene, 'a')
      await addOffsets(scene, producer, 'g', version)
      await addOffsets(scene, producer, 'g', version)
      await addOffsets(scene, producer, 'h', version)
      await end(scene, producer, true)
      await addOffsets(scene, producer, 'g', version)
      await end(scene, producer, false)
    },
  },
  {
    name: 'AddOffsetsToTxn of wrong producers and groups',
    ...addOffsetsApi,
    run: async (scene, version) => {
      const first = await init(scene, 'a')
      const producer = await init(scene, 'a')
      await addOffsets(scene, { ...producer, transactionalId: 'nobody' }, 'g', version)
      await addOffsets(scene, { ...producer, transactionalId: '' }, 'g', version)
      await addOffsets(scene, { ...producer, producerId: UNKNOWN_PRODUCER_ID }, 'g', version)
      await addOffsets(scene, first, 'g', version)
      await addOffsets(scene, { ...producer, producerEpoch: 9 }, 'g', version)
      await addOffsets(scene, { ...producer, transactionalId: 'nobody' }, '', version)
      await addOffsets(scene, producer, '', version)
    },
  },
  {
    name: 'offsets of a transaction are pending until it commits',
    ...commitApi,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 3 })
      scene.watchGroup('g')
      const producer = await init(scene, 'a')
      await addOffsets(scene, producer, 'g')
      await commitOffsets(scene, producer, 'g', { t: { 0: 3, 1: 4 } }, { version })
      await commitOffsets(scene, producer, 'g', { t: { 0: 5 } }, { version, metadata: 'kept' })
      await end(scene, producer, true)
      await addOffsets(scene, producer, 'g')
      await commitOffsets(scene, producer, 'g', { t: { 0: 7, 2: 7 } }, { version, metadata: null })
      await end(scene, producer, false)
    },
  },
  {
    name: 'TxnOffsetCommit without AddOffsetsToTxn',
    ...commitApi,
    run: async (scene, version) => {
      await scene.createTopic('t')
      scene.watchGroup('g')
      const producer = await init(scene, 'a')
      await commitOffsets(scene, producer, 'g', { t: { 0: 3 } }, { version })
      await end(scene, producer, true, version >= 5 ? 5 : 4)
    },
  },
  {
    name: 'TxnOffsetCommit of wrong producers',
    ...commitApi,
    run: async (scene, version) => {
      await scene.createTopic('t')
      scene.watchGroup('g')
      const first = await init(scene, 'a')
      const producer = await init(scene, 'a')
      await addOffsets(scene, producer, 'g')
      const offsets = { t: { 0: 3 } }
      const wrong = [
        { ...producer, transactionalId: 'nobody' },
        { ...producer, transactionalId: '' },
        { ...producer, producerId: UNKNOWN_PRODUCER_ID },
        first,
        { ...producer, producerEpoch: 9 },
      ]
      for (const one of wrong) await commitOffsets(scene, one, 'g', offsets, { version })
      await commitOffsets(scene, producer, 'g', offsets, { version })
      for (const one of wrong) await commitOffsets(scene, one, 'g', offsets, { version })
      await end(scene, producer, true, version >= 5 ? 5 : 4)
    },
  },
  {
    name: 'TxnOffsetCommit of wrong topics, partitions, offsets and groups',
    ...commitApi,
    run: async (scene, version) => {
      await scene.createTopic('t')
      scene.watchGroup('g')
      const producer = await init(scene, 'a')
      await addOffsets(scene, producer, 'g')
      await commitOffsets(scene, producer, 'g', { nothing: { 0: 3 } }, { version })
      await commitOffsets(scene, producer, 'g', { t: { 0: 3, 5: 3 } }, { version })
      await commitOffsets(scene, producer, 'g', { t: { 0: 4 }, nothing: { 0: 4 } }, { version })
      await commitOffsets(scene, producer, 'g', { t: { 0: -5 } }, { version })
      const metadata = 'm'.repeat(5000)
      await commitOffsets(scene, producer, 'g', { t: { 0: 6 } }, { version, metadata })
      await commitOffsets(scene, producer, 'g', {}, { version })
      await commitOffsets(scene, producer, '', { t: { 0: 7 } }, { version })
      await commitOffsets(scene, producer, 'other', { t: { 0: 8 } }, { version })
      await end(scene, producer, true, version >= 5 ? 5 : 4)
    },
  },
  {
    name: 'TxnOffsetCommit with the group metadata of a member (KIP-447)',
    api: 'TxnOffsetCommit',
    versions: versions(3, 6),
    run: async (scene, version) => {
      await scene.createTopic('t')
      scene.watchGroup('g')
      const producer = await init(scene, 'a')
      await addOffsets(scene, producer, 'g')
      const offsets = { t: { 0: 3 } }
      const commit = (
        generation: number,
        memberId: string,
        groupInstanceId: string | null = null,
      ) =>
        commitOffsets(scene, producer, 'g', offsets, {
          version,
          generation,
          memberId,
          groupInstanceId,
        })
      await commit(1, 'nobody')
      await commit(1, '')
      await commit(-1, 'nobody')
      const memberId = await joinGroup(scene, 'g', 'instance')
      scene.texts.nameTopic(memberId, 'member')
      await commit(1, memberId)
      await commit(2, memberId)
      await commit(0, memberId)
      await commit(1, 'nobody')
      await commit(-1, '')
      await commit(-1, memberId)
      await commit(1, memberId, 'instance')
      await commit(1, memberId, 'other')
      await commit(1, 'nobody', 'instance')
      await end(scene, producer, true, version >= 5 ? 5 : 4)
    },
  },
]

export const offsets: Suite = { name: 'offsets', setting: {}, scenarios }
