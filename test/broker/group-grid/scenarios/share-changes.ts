import {
  AlterShareGroupOffsets,
  DeleteGroups,
  DeleteRecords,
  ShareAcknowledge,
  ShareFetch,
} from '../../../../src/protocol/messages/index.ts'
import type { GroupScene } from '../group-scene.ts'
import { produce, share, shareUntilAssigned } from '../requests.ts'
import {
  ACCEPT,
  acknowledge,
  describeOffsets,
  fetch,
  fetching,
  fetchRecords,
  member,
  REJECT,
  RELEASE,
  RENEW,
} from '../share-delivery.ts'
import type { Scenario, Suite } from '../scenario.ts'

const alterOffset = (scene: GroupScene, startOffset: number) =>
  scene.call(AlterShareGroupOffsets, 0, {
    groupId: 'g',
    topics: [{ topicName: 't', partitions: [{ partitionIndex: 0, startOffset }] }],
  })

const deleteRecords = (scene: GroupScene, offset: number) =>
  scene.call(DeleteRecords, 2, {
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset }] }],
    timeoutMs: 10_000,
  })

/** Fetches, and waits until the state of the partition is loaded. */
async function fetchPatiently(scene: GroupScene, options = {}): Promise<void> {
  const request = fetching(scene, { maxWaitMs: 1000, minBytes: 1, ...options })
  const parked = await scene.begin('patient', ShareFetch, 2, request)
  await scene.stage.pass(2000)
  await parked.answered()
}

/** Closes the connection of the session, as the end of a client does. */
async function disconnect(scene: GroupScene): Promise<void> {
  scene.lines.push('the connection is closed')
  scene.close()
  await scene.stage.pass(500)
}

const scenarios: readonly Scenario[] = [
  {
    name: 'a topic is deleted and created again while its records are held',
    run: async (scene) => {
      await member(scene, ['a', 'b', 'c'])
      scene.watch('g', 'share')
      await scene.observe()
      await fetchRecords(scene)
      await scene.deleteTopic('t')
      await acknowledge(scene, [[0, 0, ACCEPT]])
      await fetch(scene, { shareSessionEpoch: 2 })
      await fetch(scene, { shareSessionEpoch: 3, isBare: true })
      await share(scene, { memberEpoch: 2 })
      await share(scene, { memberEpoch: 3 })
      await describeOffsets(scene)
      await scene.createTopic('t')
      await shareUntilAssigned(scene, { memberEpoch: 3 })
      await produce(scene, 't', ['new'])
      await describeOffsets(scene)
      await fetch(scene, { shareSessionEpoch: 4 })
      await fetchRecords(scene, { shareSessionEpoch: 5, isBare: true })
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: 6 })
      await describeOffsets(scene)
    },
  },
  {
    name: 'partitions are added to a topic',
    run: async (scene) => {
      await member(scene, ['a'])
      scene.watch('g', 'share')
      await scene.observe()
      await scene.addPartitions('t', 3)
      await shareUntilAssigned(scene, { memberEpoch: 2 }, 3)
      await describeOffsets(scene)
      await fetchRecords(scene)
      await fetch(scene, { shareSessionEpoch: 1, partition: 2 })
      await fetch(scene, { shareSessionEpoch: 2, isBare: true })
    },
  },
  {
    name: 'records are deleted while they are held',
    run: async (scene) => {
      await member(scene, ['a', 'b', 'c', 'd', 'e', 'f'])
      await fetchRecords(scene)
      await acknowledge(scene, [[1, 1, RELEASE]])
      await deleteRecords(scene, 4)
      await fetchRecords(scene, { shareSessionEpoch: 2 })
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: 3 })
      await acknowledge(scene, [[2, 5, ACCEPT]], { shareSessionEpoch: 4 })
      await acknowledge(scene, [[4, 4, ACCEPT]], { shareSessionEpoch: 5 })
      await acknowledge(scene, [[5, 5, RELEASE]], { shareSessionEpoch: 6 })
      await fetchRecords(scene, { shareSessionEpoch: 7 })
      await describeOffsets(scene)
      await deleteRecords(scene, 6)
      await acknowledge(scene, [[5, 5, ACCEPT]], { shareSessionEpoch: 8 })
      await fetchRecords(scene, { shareSessionEpoch: 9 })
      await produce(scene, 't', ['g'])
      await fetchRecords(scene, { shareSessionEpoch: 10 })
    },
  },
  {
    name: 'start offsets are altered and deleted with records in flight',
    run: async (scene) => {
      await member(scene, ['a', 'b', 'c', 'd'])
      await fetchRecords(scene)
      await acknowledge(scene, [[0, 1, ACCEPT]])
      await alterOffset(scene, 3)
      await share(scene, { memberEpoch: -1 })
      await alterOffset(scene, 3)
      await describeOffsets(scene)
      await acknowledge(scene, [[2, 2, ACCEPT]], { shareSessionEpoch: 2 })
      // It waits until the broker has loaded the state of the partition again.
      await fetch(scene, { shareSessionEpoch: 3, maxWaitMs: 5000, minBytes: 1 })
      await fetch(scene)
      await shareUntilAssigned(scene)
      await fetchRecords(scene, { shareSessionEpoch: 1 })
      await disconnect(scene)
      await fetch(scene)
      await fetchRecords(scene, { shareSessionEpoch: 1 })
      await acknowledge(scene, [[3, 3, ACCEPT]], { shareSessionEpoch: 2 })
      await describeOffsets(scene)
    },
  },
  {
    name: 'a group is deleted while a session holds records',
    run: async (scene) => {
      await member(scene, ['a', 'b'])
      await fetchRecords(scene)
      await share(scene, { memberEpoch: -1 })
      await scene.call(DeleteGroups, 3, { groupsNames: ['g'] })
      await acknowledge(scene, [[0, 0, ACCEPT]])
      await fetch(scene, { shareSessionEpoch: 2 })
      await acknowledge(scene, [[1, 1, RELEASE]], { shareSessionEpoch: 3 })
      await shareUntilAssigned(scene)
      await fetch(scene)
      await fetchRecords(scene, { shareSessionEpoch: 1 })
      await describeOffsets(scene)
      await disconnect(scene)
      await fetch(scene)
      await fetchRecords(scene, { shareSessionEpoch: 1 })
    },
  },
  {
    name: 'the connection of a session closes',
    run: async (scene) => {
      await member(scene, ['a', 'b', 'c'])
      await fetchRecords(scene)
      await acknowledge(scene, [[0, 0, ACCEPT]])
      await disconnect(scene)
      await acknowledge(scene, [[1, 1, ACCEPT]], { shareSessionEpoch: 2 })
      await fetchRecords(scene)
      await acknowledge(scene, [[1, 1, RENEW]], { isRenewAck: true })
      await disconnect(scene)
      await fetchRecords(scene)
    },
  },
  {
    name: 'sessions of one member over several connections',
    run: async (scene) => {
      await member(scene, ['a', 'b'], ['c'])
      await fetchRecords(scene, { maxRecords: 1 })
      const other = (options: Parameters<typeof fetching>[1]) =>
        scene.begin('other', ShareFetch, 2, fetching(scene, options))
      await (await other({ shareSessionEpoch: 1 })).answered()
      await (await other({})).answered()
      await fetch(scene, { shareSessionEpoch: 1 })
      await fetch(scene, { shareSessionEpoch: 2 })
      await (await other({ shareSessionEpoch: 3 })).answered()
      await fetch(scene, {})
      await (
        await scene.begin('other', ShareAcknowledge, 2, {
          groupId: 'g',
          memberId: 'a',
          shareSessionEpoch: 1,
          topics: [
            {
              topicId: scene.topicId('t'),
              partitions: [
                {
                  partitionIndex: 0,
                  acknowledgementBatches: [
                    { firstOffset: 0, lastOffset: 0, acknowledgeTypes: [ACCEPT] },
                  ],
                },
              ],
            },
          ],
        })
      ).answered()
      await fetch(scene, { shareSessionEpoch: -1, isBare: true })
    },
  },
  {
    name: 'topics are added to a session and forgotten',
    run: async (scene) => {
      await scene.createTopic('u', { partitions: 2 })
      await member(scene, ['a', 'b', 'c'])
      await produce(scene, 'u', ['d'])
      const forget = (topic: string, ...partitions: number[]) => [
        { topicId: scene.topicId(topic), partitions },
      ]
      await fetchRecords(scene)
      await shareUntilAssigned(scene, { memberEpoch: 0, subscribedTopicNames: ['t', 'u'] }, 3)
      await fetch(scene, { shareSessionEpoch: 1, topic: 'u' })
      await fetchRecords(scene, { shareSessionEpoch: 2, isBare: true })
      await fetch(scene, { shareSessionEpoch: 3, forgottenTopicsData: forget('t', 0) })
      await fetch(scene, {
        shareSessionEpoch: 4,
        isBare: true,
        forgottenTopicsData: forget('t', 0),
      })
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: 5 })
      await fetch(scene, { shareSessionEpoch: 6, acks: [[1, 1, RELEASE]] })
      await fetch(scene, {
        shareSessionEpoch: 7,
        isBare: true,
        forgottenTopicsData: [...forget('t', 0, 7), ...forget('nothing', 0)],
      })
      await fetch(scene, {
        shareSessionEpoch: 8,
        isBare: true,
        forgottenTopicsData: forget('u', 0),
      })
      await fetch(scene, { shareSessionEpoch: 9, isBare: true })
      await fetch(scene, { shareSessionEpoch: 0, forgottenTopicsData: forget('t', 0) })
      await fetch(scene, { shareSessionEpoch: -1, forgottenTopicsData: forget('t', 0) })
    },
  },
  {
    name: 'epochs of a session end with the largest number',
    run: async (scene) => {
      await member(scene, ['a'])
      for (const shareSessionEpoch of [-2, 2_147_483_647, -2_147_483_648]) {
        await fetch(scene, { shareSessionEpoch })
        await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch })
      }
      await fetchRecords(scene)
      for (const shareSessionEpoch of [-2, 2_147_483_647, -2_147_483_648]) {
        await fetch(scene, { shareSessionEpoch })
        await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch })
      }
    },
  },
  {
    name: 'a group without members',
    run: async (scene) => {
      await scene.createTopic('t')
      await produce(scene, 't', ['a'])
      await fetchPatiently(scene)
      await fetchPatiently(scene, { shareSessionEpoch: 1 })
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: 2 })
    },
  },
  {
    name: 'limits of records, deliveries and locks change',
    run: async (scene) => {
      await scene.setGroupConfigs('g', { 'share.record.lock.duration.ms': '60000' })
      const many = Array.from({ length: 80 }, (_, index) => `r${index}`)
      await scene.setGroupConfigs('g', { 'share.partition.max.record.locks': '100' })
      await member(scene, many, many, many)
      await fetchRecords(scene)
      await fetchRecords(scene, { shareSessionEpoch: 1 })
      await acknowledge(scene, [[0, 99, RELEASE]], { shareSessionEpoch: 2 })
      await acknowledge(scene, [[0, 79, RELEASE]], { shareSessionEpoch: 3 })
      await fetchRecords(scene, { shareSessionEpoch: 4 })
      await scene.setGroupConfigs('g', { 'share.partition.max.record.locks': '400' })
      await fetchRecords(scene, { shareSessionEpoch: 5 })
      await fetchRecords(scene, { shareSessionEpoch: 6 })
      await acknowledge(scene, [[0, 0, RELEASE]], { shareSessionEpoch: 7 })
      await scene.setGroupConfigs('g', { 'share.delivery.count.limit': '2' })
      await fetchRecords(scene, { shareSessionEpoch: 8 })
      await acknowledge(scene, [[1, 1, RELEASE]], { shareSessionEpoch: 9 })
      await fetchRecords(scene, { shareSessionEpoch: 10 })
      await describeOffsets(scene)
    },
  },
  {
    name: 'renewals are switched off and on',
    run: async (scene) => {
      await scene.setGroupConfigs('g', { 'share.renew.acknowledge.enable': 'false' })
      await member(scene, ['a', 'b'])
      await fetchRecords(scene)
      await acknowledge(scene, [[0, 0, RENEW]], { isRenewAck: true })
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: 2, isRenewAck: true })
      await fetch(scene, {
        shareSessionEpoch: 3,
        isRenewAck: true,
        acks: [[1, 1, RENEW]],
        maxBytes: 0,
        maxRecords: 0,
      })
      await fetch(scene, { shareSessionEpoch: 4, acks: [[1, 1, RENEW]] })
      await scene.setGroupConfigs('g', { 'share.renew.acknowledge.enable': 'true' })
      await acknowledge(scene, [[1, 1, RENEW]], { shareSessionEpoch: 5, isRenewAck: true })
      await acknowledge(scene, [[1, 1, RENEW]], { shareSessionEpoch: 5 })
      await acknowledge(scene, [[1, 1, REJECT]], { shareSessionEpoch: 6 })
    },
  },
  {
    name: 'the start of a group changes before its first fetch',
    run: async (scene) => {
      await scene.createTopic('t')
      await produce(scene, 't', ['a'])
      await shareUntilAssigned(scene)
      await describeOffsets(scene)
      await scene.setGroupConfigs('g', { 'share.auto.offset.reset': 'earliest' })
      await fetchRecords(scene)
      await scene.setGroupConfigs('g', { 'share.auto.offset.reset': 'latest' })
      await describeOffsets(scene)
      await produce(scene, 't', ['b'])
      await fetchRecords(scene, { shareSessionEpoch: 1 })
      await scene.setGroupConfigs('h', { 'share.auto.offset.reset': 'by_duration:PT1H' })
      await shareUntilAssigned(scene, { groupId: 'h' })
      await fetchRecords(scene, { groupId: 'h' })
      await shareUntilAssigned(scene, { groupId: 'i' })
      await fetch(scene, { groupId: 'i' })
      await scene.stage.pass(500)
      await fetch(scene, { groupId: 'i', shareSessionEpoch: 1 })
      await produce(scene, 't', ['c'])
      await fetchRecords(scene, { groupId: 'i', shareSessionEpoch: 2 })
    },
  },
]

export const shareChanges: Suite = { name: 'share-changes', setting: {}, isAlone: true, scenarios }
