import { ShareFetch } from '../../../../src/protocol/messages/index.ts'
import { produce, shareUntilAssigned } from '../requests.ts'
import {
  ACCEPT,
  acknowledge,
  type Batches,
  fetch,
  fetching,
  fetchRecords,
  GAP,
  member,
  REJECT,
  RELEASE,
  RENEW,
} from '../share-delivery.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'

const fetches = { api: 'ShareFetch', versions: versions(1, 2) }
const acknowledges = { api: 'ShareAcknowledge', versions: versions(1, 2) }

const scenarios: readonly Scenario[] = [
  {
    name: 'records are acquired, accepted, released and rejected',
    ...fetches,
    run: async (scene, version) => {
      await member(scene, ['a', 'b', 'c'], ['d', 'e'])
      await fetchRecords(scene, {}, version)
      await fetch(scene, { shareSessionEpoch: 1 }, version)
      const acks: Batches = [
        [0, 0, ACCEPT],
        [1, 2, RELEASE, REJECT],
        [3, 4, RELEASE],
      ]
      await fetch(scene, { shareSessionEpoch: 2, acks }, version)
      await fetch(scene, { shareSessionEpoch: 3, acks: [[1, 1, ACCEPT]] }, version)
      await fetch(scene, { shareSessionEpoch: 4, acks: [[3, 4, GAP, ACCEPT]] }, version)
      await fetch(scene, { shareSessionEpoch: 5 }, version)
      await produce(scene, 't', ['f'])
      await fetchRecords(scene, { shareSessionEpoch: 6 }, version)
      await fetch(scene, { shareSessionEpoch: -1, acks: [[5, 5, RELEASE]] }, version)
    },
  },
  {
    name: 'ShareAcknowledge of each type',
    ...acknowledges,
    run: async (scene, version) => {
      await member(scene, ['a', 'b', 'c', 'd', 'e', 'f'])
      await fetchRecords(scene)
      await acknowledge(scene, [[0, 1, ACCEPT]], {}, version)
      await acknowledge(scene, [[2, 3, RELEASE, REJECT]], { shareSessionEpoch: 2 }, version)
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: 3 }, version)
      await acknowledge(scene, [[2, 2, ACCEPT]], { shareSessionEpoch: 4 }, version)
      await acknowledge(scene, [[4, 4, GAP]], { shareSessionEpoch: 5 }, version)
      await fetchRecords(scene, { shareSessionEpoch: 6 })
      await acknowledge(scene, [], { shareSessionEpoch: -1, isBare: true }, version)
      await acknowledge(scene, [], { shareSessionEpoch: 1, isBare: true }, version)
    },
  },
  {
    name: 'invalid acknowledgements',
    ...acknowledges,
    run: async (scene, version) => {
      await member(scene, ['a', 'b', 'c', 'd', 'e', 'f'])
      await fetchRecords(scene)
      const invalid: Batches[] = [
        [[2, 1, ACCEPT]],
        [[-1, 1, ACCEPT]],
        [[0, 1, 5]],
        [[0, 1, -1]],
        [[0, 1]],
        [[0, 2, ACCEPT, ACCEPT]],
        [
          [0, 1, ACCEPT],
          [1, 2, ACCEPT],
        ],
        [
          [2, 3, ACCEPT],
          [0, 1, ACCEPT],
        ],
        [[0, 9, ACCEPT]],
        [[50, 59, ACCEPT]],
        [[0, 0, RENEW]],
        [[0, 1, ACCEPT, RENEW]],
        [],
      ]
      for (const [index, acks] of invalid.entries()) {
        await acknowledge(scene, acks, { shareSessionEpoch: index + 1 }, version)
      }
      const shareSessionEpoch = invalid.length + 1
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch, partition: 7 }, version)
      await acknowledge(
        scene,
        [[0, 0, ACCEPT]],
        { shareSessionEpoch: shareSessionEpoch + 1, topic: 'nothing' },
        version,
      )
      await fetch(scene, { shareSessionEpoch: shareSessionEpoch + 2 })
    },
  },
  {
    name: 'wrong sessions of ShareAcknowledge',
    ...acknowledges,
    run: async (scene, version) => {
      await member(scene, ['a', 'b'])
      await acknowledge(scene, [[0, 0, ACCEPT]], {}, version)
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: 0 }, version)
      await fetchRecords(scene)
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: 0 }, version)
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: 2 }, version)
      await acknowledge(scene, [[0, 0, ACCEPT]], { memberId: 'b' }, version)
      await acknowledge(scene, [[0, 0, ACCEPT]], { memberId: '' }, version)
      await acknowledge(scene, [[0, 0, ACCEPT]], { memberId: null }, version)
      await acknowledge(scene, [[0, 0, ACCEPT]], { memberId: 'm'.repeat(37) }, version)
      await acknowledge(scene, [[0, 0, ACCEPT]], { groupId: null }, version)
      await acknowledge(scene, [[0, 0, ACCEPT]], { groupId: '' }, version)
      await acknowledge(scene, [[0, 0, ACCEPT]], { groupId: 'other' }, version)
      await acknowledge(scene, [[0, 0, ACCEPT]], {}, version)
    },
  },
  {
    name: 'wrong sessions and fields of ShareFetch',
    ...fetches,
    run: async (scene, version) => {
      await member(scene, ['a', 'b'])
      await fetch(scene, { shareSessionEpoch: 1 }, version)
      await fetch(scene, { shareSessionEpoch: -1 }, version)
      await fetch(scene, { acks: [[0, 0, ACCEPT]] }, version)
      await fetchRecords(scene, {}, version)
      await fetch(scene, { shareSessionEpoch: 2 }, version)
      await fetch(scene, { memberId: '' }, version)
      await fetch(scene, { memberId: null }, version)
      await fetch(scene, { memberId: 'm'.repeat(37) }, version)
      await fetch(scene, { groupId: null }, version)
      await fetch(scene, { groupId: '' }, version)
      await fetch(scene, { shareSessionEpoch: 1, topic: 'nothing' }, version)
      await fetch(scene, { shareSessionEpoch: 2, partition: 7 }, version)
      await fetch(scene, { shareSessionEpoch: 3, isBare: true }, version)
      await fetch(scene, { shareSessionEpoch: 4, maxRecords: 0 }, version)
      await fetch(scene, { shareSessionEpoch: 5, batchSize: 0 }, version)
      const forgottenTopicsData = [{ topicId: scene.topicId('t'), partitions: [0] }]
      await fetch(scene, { shareSessionEpoch: 6, isBare: true, forgottenTopicsData }, version)
      await fetch(scene, { shareSessionEpoch: 7, isBare: true }, version)
      // A new session of the same member replaces the old one, which releases nothing.
      await fetch(scene, {}, version)
      await fetch(scene, { shareSessionEpoch: -1, isBare: true }, version)
      await fetch(scene, { shareSessionEpoch: -1, isBare: true }, version)
    },
  },
  {
    name: 'limits of records: batch optimized and record limit',
    run: async (scene) => {
      await member(scene, ['a', 'b', 'c', 'd'], ['e', 'f', 'g'], ['h', 'i'])
      await fetchRecords(scene, { maxRecords: 2 })
      await fetchRecords(scene, { shareSessionEpoch: 1, maxRecords: 2, shareAcquireMode: 1 })
      await fetchRecords(scene, { shareSessionEpoch: 2, batchSize: 1 })
      await fetch(scene, {
        shareSessionEpoch: 3,
        acks: [
          [0, 3, RELEASE],
          [4, 5, RELEASE],
        ],
      })
      await fetchRecords(scene, { shareSessionEpoch: 4, maxRecords: 3, shareAcquireMode: 1 })
      await fetch(scene, { shareSessionEpoch: 5, maxRecords: 100, batchSize: 2 })
      await fetch(scene, { shareSessionEpoch: 6, shareAcquireMode: 2 })
    },
  },
  {
    name: 'records that are delivered too often are archived',
    run: async (scene) => {
      await scene.setGroupConfigs('g', { 'share.delivery.count.limit': '2' })
      await member(scene, ['a', 'b', 'c'])
      await fetchRecords(scene)
      await acknowledge(scene, [[0, 1, RELEASE]])
      await fetchRecords(scene, { shareSessionEpoch: 2 })
      await acknowledge(scene, [[0, 0, RELEASE]], { shareSessionEpoch: 3 })
      await fetch(scene, { shareSessionEpoch: 4 })
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: 5 })
    },
  },
  {
    name: 'acquisition locks end, and are renewed',
    run: async (scene) => {
      await scene.setGroupConfigs('g', { 'share.record.lock.duration.ms': '15000' })
      await member(scene, ['a', 'b', 'c'])
      await fetchRecords(scene)
      await acknowledge(scene, [[0, 0, RENEW]], { isRenewAck: false })
      await scene.pass(10_000)
      await acknowledge(scene, [[0, 0, RENEW]], { shareSessionEpoch: 2, isRenewAck: true })
      await fetch(scene, { shareSessionEpoch: 3, isRenewAck: true, acks: [[1, 1, RENEW]] })
      const none = { maxBytes: 0, maxRecords: 0 }
      await fetch(scene, { shareSessionEpoch: 3, isRenewAck: true, acks: [[1, 1, RENEW]], ...none })
      await scene.pass(8000)
      await fetchRecords(scene, { shareSessionEpoch: 4 })
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: 5 })
    },
  },
  {
    name: 'a second member gets what the first one releases',
    run: async (scene) => {
      await member(scene, ['a', 'b'], ['c'])
      await shareUntilAssigned(scene, { memberId: 'b' })
      await fetchRecords(scene, { maxRecords: 1 })
      await fetchRecords(scene, { memberId: 'b' })
      await fetch(scene, { shareSessionEpoch: 1 })
      await acknowledge(scene, [[0, 0, ACCEPT]], { memberId: 'b' })
      await fetch(scene, { shareSessionEpoch: -1, isBare: true })
      await fetchRecords(scene, { memberId: 'b', shareSessionEpoch: 2 })
    },
  },
  {
    name: 'a parked fetch gets new records',
    run: async (scene) => {
      await member(scene, ['a'])
      await fetchRecords(scene)
      const parked = await scene.begin(
        'parked',
        ShareFetch,
        2,
        fetching(scene, { shareSessionEpoch: 1, maxWaitMs: 10_000, minBytes: 1 }),
      )
      await produce(scene, 't', ['b'])
      await parked.answered()
    },
  },
]

export const shareFetch: Suite = { name: 'share-fetch', setting: {}, isAlone: true, scenarios }
