import {
  DeleteShareGroupState,
  InitializeShareGroupState,
  ReadShareGroupState,
  ReadShareGroupStateSummary,
  WriteShareGroupState,
} from '../../../../src/protocol/messages/index.ts'
import type { GroupScene } from '../group-scene.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'

interface Target {
  readonly groupId?: string
  readonly topic?: string
  readonly partition?: number
}

function stateOf(scene: GroupScene) {
  const targets = <T>({ groupId = 'g', topic = 't', partition = 0 }: Target, fields: T) => ({
    groupId,
    topics: [
      {
        topicId: topic === '' ? 'AAAAAAAAAAAAAAAAAAAAAA' : scene.topicId(topic),
        partitions: [{ partition, ...fields }],
      },
    ],
  })
  return {
    initialize: (stateEpoch: number, startOffset: number, target: Target = {}) =>
      scene.call(InitializeShareGroupState, 0, targets(target, { stateEpoch, startOffset })),
    read: (leaderEpoch: number, target: Target = {}) =>
      scene.call(ReadShareGroupState, 0, targets(target, { leaderEpoch })),
    summary: (version: number, target: Target = {}, leaderEpoch = -1) =>
      scene.call(ReadShareGroupStateSummary, version, targets(target, { leaderEpoch })),
    write: (
      version: number,
      [stateEpoch, leaderEpoch, startOffset]: readonly [number, number, number],
      batches: readonly (readonly [number, number, number, number])[] = [],
      target: Target = {},
    ) =>
      scene.call(
        WriteShareGroupState,
        version,
        targets(target, {
          stateEpoch,
          leaderEpoch,
          startOffset,
          deliveryCompleteCount: 7,
          stateBatches: batches.map(([firstOffset, lastOffset, deliveryState, deliveryCount]) => ({
            firstOffset,
            lastOffset,
            deliveryState,
            deliveryCount,
          })),
        }),
      ),
    remove: (target: Target = {}) => scene.call(DeleteShareGroupState, 0, targets(target, {})),
  }
}

const scenarios: readonly Scenario[] = [
  {
    name: 'state is initialized, written, read and deleted',
    api: 'WriteShareGroupState',
    versions: versions(0, 1),
    run: async (scene, version) => {
      await scene.createTopic('t')
      const { initialize, read, summary, write, remove } = stateOf(scene)
      await initialize(1, 10)
      await summary(version)
      await read(0)
      await write(version, [1, 0, 12], [[12, 15, 0, 1]])
      await write(
        version,
        [1, 0, 12],
        [
          [16, 20, 2, 2],
          [14, 15, 2, 1],
        ],
      )
      await read(0)
      await summary(version)
      await write(version, [1, 1, -1], [[12, 13, 4, 1]])
      await read(1)
      await write(version, [1, 1, 16], [])
      await read(2)
      await summary(version)
      await initialize(2, 0)
      await read(2)
      await remove()
      await summary(version)
      await read(2)
      await remove()
    },
  },
  {
    name: 'combined batches',
    run: async (scene) => {
      await scene.createTopic('t')
      const { initialize, read, write } = stateOf(scene)
      await initialize(1, 0)
      await write(
        1,
        [1, 0, 0],
        [
          [0, 9, 0, 1],
          [10, 19, 0, 1],
        ],
      )
      await read(0)
      await write(1, [1, 0, 0], [[5, 14, 2, 1]])
      await read(0)
      await write(
        1,
        [1, 0, 0],
        [
          [5, 14, 0, 2],
          [0, 4, 2, 1],
        ],
      )
      await read(0)
      await write(1, [1, 0, 12], [])
      await read(0)
      await write(1, [1, 0, 12], [[12, 19, 2, 3]])
      await read(0)
      await write(1, [1, 0, 30], [])
      await read(0)
    },
  },
  {
    name: 'wrong epochs, partitions and topics',
    api: 'ReadShareGroupStateSummary',
    versions: versions(0, 1),
    run: async (scene, version) => {
      await scene.createTopic('t')
      const { initialize, read, summary, write, remove } = stateOf(scene)
      await read(0)
      await summary(version)
      await write(1, [0, 0, 0])
      await remove()
      await initialize(3, 5)
      await initialize(2, 5)
      await initialize(3, 6)
      await initialize(-1, 5)
      await initialize(3, -5)
      await read(4)
      await read(3)
      await read(-1)
      await write(1, [3, 3, 5])
      await write(1, [2, 4, 5])
      await write(1, [4, 4, 5])
      await write(1, [-1, 4, 5])
      await write(1, [3, -1, 5])
      await summary(version, {}, 2)
      await summary(version, {}, 9)
      for (const target of [
        { partition: -1 },
        { partition: 5 },
        { topic: 'nothing' },
        { topic: '' },
        { groupId: '' },
        { groupId: 'other' },
      ]) {
        await initialize(1, 1, target)
        await read(1, target)
        await summary(version, target)
        await write(1, [1, 1, 1], [], target)
        await remove(target)
      }
    },
  },
  {
    name: 'requests without topics or partitions',
    run: async (scene) => {
      await scene.createTopic('t')
      const topicId = scene.topicId('t')
      for (const topics of [[], [{ topicId, partitions: [] }]]) {
        await scene.call(InitializeShareGroupState, 0, { groupId: 'g', topics })
        await scene.call(ReadShareGroupState, 0, { groupId: 'g', topics })
        await scene.call(ReadShareGroupStateSummary, 1, { groupId: 'g', topics })
        await scene.call(WriteShareGroupState, 1, { groupId: 'g', topics })
        await scene.call(DeleteShareGroupState, 0, { groupId: 'g', topics })
      }
    },
  },
  {
    name: 'state survives a restart',
    run: async (scene) => {
      await scene.createTopic('t')
      const { initialize, read, summary, write } = stateOf(scene)
      await initialize(1, 10)
      await write(
        1,
        [1, 3, 12],
        [
          [12, 15, 0, 1],
          [16, 17, 2, 1],
        ],
      )
      await scene.broker('stop')
      await scene.broker('start')
      await summary(1)
      await read(3)
      await read(2)
    },
  },
]

export const shareState: Suite = { name: 'share-state', setting: {}, isAlone: true, scenarios }
