import {
  AlterShareGroupOffsets,
  DeleteGroups,
  DeleteShareGroupOffsets,
  DescribeShareGroupOffsets,
  InitializeShareGroupState,
  ListGroups,
  OffsetDelete,
  ReadShareGroupState,
  ReadShareGroupStateSummary,
  ShareAcknowledge,
  ShareFetch,
  WriteShareGroupState,
} from '../../../../src/protocol/messages/index.ts'
import type { RequestInput } from '../../../../src/protocol/schema/index.ts'
import type { GroupScene } from '../group-scene.ts'
import { classicMember, commit, consumer, produce, share, shareUntilAssigned } from '../requests.ts'
import { ACCEPT, fetching, fetchRecords, member, RELEASE } from '../share-delivery.ts'
import type { Scenario, Suite } from '../scenario.ts'

const LARGEST = Number.MAX_SAFE_INTEGER

type FetchRequest = RequestInput<typeof ShareFetch>
type FetchedPartition = FetchRequest['topics'][number]['partitions'][number]
type Written = RequestInput<typeof WriteShareGroupState>['topics'][number]['partitions'][number]

const alter = (
  scene: GroupScene,
  topics: readonly (readonly [string, readonly (readonly [number, number])[]])[],
  groupId = 'g',
) =>
  scene.call(AlterShareGroupOffsets, 0, {
    groupId,
    topics: topics.map(([topicName, partitions]) => ({
      topicName,
      partitions: partitions.map(([partitionIndex, startOffset]) => ({
        partitionIndex,
        startOffset,
      })),
    })),
  })

const describe = (
  scene: GroupScene,
  topics: readonly (readonly [string, readonly number[]])[] | null,
  groupId = 'g',
) =>
  scene.call(DescribeShareGroupOffsets, 1, {
    groups: [
      {
        groupId,
        topics:
          topics?.map(([topicName, partitions]) => ({ topicName, partitions: [...partitions] })) ??
          null,
      },
    ],
  })

const remove = (scene: GroupScene, topics: readonly string[], groupId = 'g') =>
  scene.call(DeleteShareGroupOffsets, 0, {
    groupId,
    topics: topics.map((topicName) => ({ topicName })),
  })

const fetched = (
  partitionIndex: number,
  acks: readonly (readonly [number, number, ...number[]])[] = [],
): FetchedPartition => ({
  partitionIndex,
  partitionMaxBytes: 0,
  acknowledgementBatches: acks.map(([firstOffset, lastOffset, ...acknowledgeTypes]) => ({
    firstOffset,
    lastOffset,
    acknowledgeTypes,
  })),
})

const scenarios: readonly Scenario[] = [
  {
    name: 'start offsets of unusual topics, partitions and groups',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await scene.createTopic('u')
      await produce(scene, 't', ['a', 'b', 'c'])
      await alter(scene, [
        ['t', [[0, 1]]],
        ['t', [[1, 0]]],
      ])
      await alter(scene, [
        [
          't',
          [
            [0, 1],
            [0, 2],
          ],
        ],
      ])
      await scene.stage.pass(300)
      await describe(scene, null)
      await alter(scene, [['t', [[0, -1]]]])
      await alter(scene, [['t', [[0, -2]]]])
      await alter(scene, [['t', [[0, 1000]]]])
      await scene.stage.pass(300)
      await describe(scene, null)
      await alter(scene, [['t', [[-1, 0]]]])
      await alter(scene, [['', [[0, 0]]]])
      await alter(scene, [['bad name', [[0, 0]]]])
      await alter(scene, [['nothing', [[0, 0]]]], 'only-nothing')
      await describe(scene, [['t', [0, -1]]])
      await describe(scene, [
        ['t', [0]],
        ['t', [1]],
        ['u', [0]],
      ])
      await describe(scene, [['', [0]]])
      await describe(scene, [['bad name', [0]]])
      await remove(scene, ['t', 't'])
      await remove(scene, [''])
      await remove(scene, ['bad name'])
      await scene.stage.pass(300)
      await describe(scene, null)
    },
  },
  {
    name: 'start offsets of groups of other kinds',
    run: async (scene) => {
      await scene.createTopic('t')
      await consumer(scene, { groupId: 'c' })
      await classicMember(scene, { groupId: 'k' })
      await commit(scene, { t: { 0: 3 } }, { groupId: 'o' })
      for (const groupId of ['c', 'k', 'o']) {
        await alter(scene, [['t', [[0, 0]]]], groupId)
        await describe(scene, null, groupId)
        await describe(scene, [['t', [0]]], groupId)
        await remove(scene, ['t'], groupId)
        await share(scene, { groupId })
      }
      await shareUntilAssigned(scene)
      await commit(scene, { t: { 0: 3 } })
      await consumer(scene, {})
      await scene.call(OffsetDelete, 0, {
        groupId: 'g',
        topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }],
      })
      await share(scene, { memberEpoch: -1 })
      await commit(scene, { t: { 0: 3 } })
      await consumer(scene, {})
      await scene.call(DeleteGroups, 3, { groupsNames: ['g', 'g', 'c', ''] })
      await scene.call(ListGroups, 5, { statesFilter: ['nonsense'], typesFilter: ['share'] })
      await scene.call(ListGroups, 5, { statesFilter: [], typesFilter: ['nonsense'] })
    },
  },
  {
    name: 'subscriptions to unusual topics',
    run: async (scene) => {
      await scene.createTopic('t')
      const subscriptions = [
        ['t', 't'],
        ['bad name'],
        [''],
        ['x'.repeat(250)],
        ['__share_group_state'],
        [],
      ]
      for (const [index, subscribedTopicNames] of subscriptions.entries()) {
        const groupId = `g${index}`
        await share(scene, { groupId, subscribedTopicNames })
        scene.watch(groupId, 'share')
      }
      await scene.stage.pass(300)
      await scene.observe()
    },
  },
  {
    name: 'share fetches with unusual fields',
    run: async (scene) => {
      await member(scene, ['a', 'b', 'c', 'd'])
      await fetchRecords(scene, { maxRecords: 1 })
      let epoch = 1
      const fetch = (fields: Partial<FetchRequest>) =>
        scene.call(ShareFetch, 2, { ...fetching(scene, { shareSessionEpoch: epoch++ }), ...fields })
      const topicId = scene.topicId('t')
      await fetch({ topics: [{ topicId, partitions: [fetched(0), fetched(0)] }] })
      await fetch({
        topics: [
          { topicId, partitions: [fetched(0)] },
          { topicId, partitions: [fetched(0)] },
        ],
      })
      await fetch({ topics: [{ topicId, partitions: [fetched(-1)] }] })
      await fetch({ topics: [{ topicId, partitions: [] }] })
      await fetch({ maxBytes: -1 })
      await fetch({ minBytes: -1 })
      await fetch({ maxWaitMs: -1 })
      await fetch({ maxRecords: -1 })
      await fetch({ batchSize: -1 })
      await fetch({
        topics: [
          { topicId, partitions: [fetched(0, [[0, 0, RELEASE]]), fetched(0, [[1, 1, ACCEPT]])] },
        ],
      })
      await fetch({
        topics: [
          {
            topicId,
            partitions: [
              fetched(0, [
                [2, 2, ACCEPT],
                [2, 2, ACCEPT],
              ]),
            ],
          },
        ],
      })
      await fetch({
        topics: [{ topicId, partitions: [fetched(0)] }],
        forgottenTopicsData: [{ topicId, partitions: [0] }],
      })
      await fetch({ topics: [], forgottenTopicsData: [{ topicId, partitions: [0, 0, -1] }] })
      await scene.stage.pass(300)
      await fetch({})
      const acknowledge = (
        partitions: {
          partitionIndex: number
          acknowledgementBatches: FetchedPartition['acknowledgementBatches']
        }[],
      ) =>
        scene.call(ShareAcknowledge, 2, {
          groupId: 'g',
          memberId: 'a',
          shareSessionEpoch: epoch++,
          topics: [{ topicId, partitions }],
        })
      await acknowledge([fetched(-1, [[0, 0, ACCEPT]])])
      await acknowledge([fetched(0, [[LARGEST, LARGEST, ACCEPT]])])
      await acknowledge([fetched(0, [[0, LARGEST, ACCEPT]])])
      await acknowledge([])
      await acknowledge([fetched(0, [[3, 3, ACCEPT]]), fetched(0, [[2, 2, ACCEPT]])])
    },
  },
  {
    name: 'share state with unusual fields',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      const topicId = scene.topicId('t')
      const topics = <T>(...partitions: T[]) => [{ topicId, partitions }]
      await scene.call(InitializeShareGroupState, 0, {
        groupId: 'g',
        topics: topics(
          { partition: 0, stateEpoch: 1, startOffset: 10 },
          { partition: 1, stateEpoch: 1, startOffset: 20 },
          { partition: 0, stateEpoch: 2, startOffset: 30 },
        ),
      })
      const read = () =>
        scene.call(ReadShareGroupState, 0, {
          groupId: 'g',
          topics: topics({ partition: 0, leaderEpoch: 1 }, { partition: 1, leaderEpoch: 1 }),
        })
      await read()
      const write = async (
        stateBatches: Written['stateBatches'],
        fields: Partial<Written> = {},
      ) => {
        const written = {
          partition: 1,
          stateEpoch: 1,
          leaderEpoch: 1,
          startOffset: 20,
          deliveryCompleteCount: 0,
        }
        await scene.call(WriteShareGroupState, 1, {
          groupId: 'g',
          topics: topics({ ...written, stateBatches, ...fields }),
        })
        await read()
      }
      const batch = (
        firstOffset: number,
        lastOffset: number,
        deliveryState = 0,
        deliveryCount = 1,
      ) => ({
        firstOffset,
        lastOffset,
        deliveryState,
        deliveryCount,
      })
      await write([batch(5, 9)])
      await write([batch(15, 24)])
      await write([batch(-5, -1)])
      await write([batch(30, 39, 9)])
      await write([batch(40, 49, -1)])
      await write([batch(50, 59, 0, -1)])
      await write([batch(60, 69), batch(60, 69, 2, 2)])
      await write([batch(65, 74, 0, 3), batch(60, 64, 4, 1)])
      await write([], { startOffset: -2 })
      await write([], { startOffset: 10 })
      await write([], { deliveryCompleteCount: -1 })
      await write([], { startOffset: 1000 })
      await write([], { leaderEpoch: 2_147_483_647 })
      await scene.call(ReadShareGroupStateSummary, 1, {
        groupId: 'g',
        topics: topics(
          { partition: 0, leaderEpoch: 0 },
          { partition: 1, leaderEpoch: 0 },
          { partition: 1, leaderEpoch: 1 },
        ),
      })
    },
  },
]

export const shareInputs: Suite = { name: 'share-inputs', setting: {}, isAlone: true, scenarios }
