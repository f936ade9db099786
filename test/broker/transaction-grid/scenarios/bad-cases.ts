import {
  CreatePartitions,
  DeleteGroups,
  DeleteRecords,
  DeleteTopics,
  IncrementalAlterConfigs,
  OffsetCommit,
  OffsetDelete,
} from '../../../../src/protocol/messages/index.ts'
import { add, addOffsets, commitOffsets, end, init, type Producer, write } from '../requests.ts'
import type { Scenario, Suite } from '../scenario.ts'
import type { Scene } from '../scene.ts'

const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
/** IncrementalAlterConfigs */
const SET = 0
const TOPIC = 2
const TIMEOUT_MS = 30_000

/** The steps of a producer with each version of the transaction protocol. */
const protocols = [
  { name: 'protocol 1', addVersion: 3, produce: 11, commit: 4, end: 4 },
  { name: 'protocol 2', addVersion: undefined, produce: 12, commit: 5, end: 5 },
] as const
type Protocol = (typeof protocols)[number]

async function begin(
  scene: Scene,
  protocol: Protocol,
  producer: Producer,
  values: readonly string[],
  partition = 0,
): Promise<void> {
  if (protocol.addVersion !== undefined) {
    await add(scene, producer, { t: [partition] }, protocol.addVersion)
  }
  await write(scene, producer, 't', values, { version: protocol.produce, partition })
}

function casesOf(protocol: Protocol): Scenario[] {
  const named = (name: string) => `${name} (${protocol.name})`
  return [
    {
      name: named('zombie producers'),
      run: async (scene) => {
        await scene.createTopic('t', { partitions: 2 })
        scene.watchGroup('g')
        const zombie = await init(scene, 'a')
        await begin(scene, protocol, zombie, ['x'])
        await init(scene, 'a')
        const next = await init(scene, 'a')
        await begin(scene, protocol, zombie, ['y'])
        await begin(scene, protocol, zombie, ['y'], 1)
        await addOffsets(scene, zombie, 'g')
        await commitOffsets(scene, zombie, 'g', { t: { 0: 1 } }, { version: protocol.commit })
        await end(scene, zombie, true, protocol.end)
        await end(scene, zombie, false, protocol.end)
        await begin(scene, protocol, next, ['z'])
        await begin(scene, protocol, zombie, ['y'])
        await end(scene, zombie, false, protocol.end)
        await end(scene, next, true, protocol.end)
      },
    },
    {
      name: named('two producers with one transactional id'),
      run: async (scene) => {
        await scene.createTopic('t')
        const first = await init(scene, 'a')
        const second = await init(scene, 'a')
        await begin(scene, protocol, first, ['x'])
        await begin(scene, protocol, second, ['y'])
        const { producerId, producerEpoch } = first
        await init(scene, 'a', { producerId, producerEpoch })
        await end(scene, second, true, protocol.end)
        await init(scene, 'a', { producerId, producerEpoch })
        const third = await init(scene, 'a')
        await begin(scene, protocol, second, ['y'])
        await begin(scene, protocol, third, ['z'])
        await end(scene, third, true, protocol.end)
      },
    },
    {
      name: named('commit after timeout'),
      run: async (scene) => {
        await scene.createTopic('t')
        const producer = await init(scene, 'a', { transactionTimeoutMs: 1500 })
        await begin(scene, protocol, producer, ['x'])
        await scene.waitFor('a', 'CompleteAbort')
        await end(scene, producer, true, protocol.end)
        await end(scene, producer, false, protocol.end)
        await begin(scene, protocol, producer, ['y'])
        const { producerId, producerEpoch } = producer
        await init(scene, 'a', { producerId, producerEpoch })
        const next = await init(scene, 'a')
        await begin(scene, protocol, next, ['z'])
        await end(scene, next, true, protocol.end)
      },
    },
    {
      name: named('timeout of a transaction with offsets'),
      run: async (scene) => {
        await scene.createTopic('t')
        scene.watchGroup('g')
        const producer = await init(scene, 'a', { transactionTimeoutMs: 1500 })
        if (protocol.end === 4) await addOffsets(scene, producer, 'g')
        const { commit: version } = protocol
        await commitOffsets(scene, producer, 'g', { t: { 0: 1 } }, { version })
        await scene.waitFor('a', 'CompleteAbort')
        await commitOffsets(scene, producer, 'g', { t: { 0: 2 } }, { version })
      },
    },
    {
      name: named('topic deleted inside a transaction'),
      run: async (scene) => {
        await scene.createTopic('t')
        await scene.createTopic('kept')
        const producer = await init(scene, 'a')
        await begin(scene, protocol, producer, ['x'])
        await add(scene, producer, { kept: [0] })
        await write(scene, producer, 'kept', ['kept'])
        await deleteTopic(scene, 't')
        await write(scene, producer, 't', ['y'], { version: protocol.produce })
        await end(scene, producer, true, protocol.end)
      },
    },
    {
      name: named('topic deleted inside a transaction and created again'),
      run: async (scene) => {
        await scene.createTopic('t')
        const producer = await init(scene, 'a')
        await begin(scene, protocol, producer, ['x'])
        await deleteTopic(scene, 't')
        await scene.createTopic('t')
        await scene.observe()
        await write(scene, producer, 't', ['y'], { version: protocol.produce })
        await end(scene, producer, true, protocol.end)
      },
    },
    {
      name: named('partitions added inside a transaction'),
      run: async (scene) => {
        await scene.createTopic('t')
        const producer = await init(scene, 'a')
        await begin(scene, protocol, producer, ['x'])
        await scene.send(CreatePartitions, 3, {
          topics: [{ name: 't', count: 2, assignments: null }],
          timeoutMs: TIMEOUT_MS,
          validateOnly: false,
        })
        await scene.hasPartitions('t', 2)
        await begin(scene, protocol, producer, ['y'], 1)
        await end(scene, producer, true, protocol.end)
      },
    },
    ...[true, false].map((committed): Scenario => ({
      name: named(
        `DeleteRecords into an open transaction that ${committed ? 'commits' : 'aborts'}`,
      ),
      run: async (scene) => {
        await scene.createTopic('t')
        const other = await init(scene, 'b')
        await begin(scene, protocol, other, ['o'])
        await end(scene, other, false, protocol.end)
        const producer = await init(scene, 'a')
        await begin(scene, protocol, producer, ['x', 'y'])
        await write(scene, producer, 't', ['z'], { version: protocol.produce })
        for (const offset of [1, 4, -1]) await deleteRecords(scene, offset)
        await write(scene, producer, 't', ['last'], { version: protocol.produce })
        await end(scene, producer, committed, protocol.end)
        await deleteRecords(scene, -1)
      },
    })),
    {
      name: named('DeleteRecords into a batch of an open transaction'),
      run: async (scene) => {
        await scene.createTopic('t')
        const producer = await init(scene, 'a')
        await begin(scene, protocol, producer, ['x', 'y'])
        await deleteRecords(scene, 1)
      },
    },
    ...[true, false].map((committed): Scenario => ({
      name: named(
        `consumer group deleted with pending offsets of a transaction that ${committed ? 'commits' : 'aborts'}`,
      ),
      run: async (scene) => {
        await scene.createTopic('t', { partitions: 2 })
        scene.watchGroup('g')
        await commitPlain(scene, 'g', 0, 1)
        const producer = await init(scene, 'a')
        if (protocol.end === 4) await addOffsets(scene, producer, 'g')
        const { commit: version } = protocol
        await commitOffsets(scene, producer, 'g', { t: { 0: 5, 1: 5 } }, { version })
        const topics = [{ name: 't', partitions: [{ partitionIndex: 0 }] }]
        await scene.call(OffsetDelete, 0, { groupId: 'g', topics })
        await scene.call(DeleteGroups, 2, { groupsNames: ['g'] })
        await scene.call(DeleteGroups, 2, { groupsNames: ['g'] })
        await commitPlain(scene, 'g', 1, 2)
        await end(scene, producer, committed, protocol.end)
        await scene.call(DeleteGroups, 2, { groupsNames: ['g'] })
      },
    })),
    {
      name: named('compaction over open and aborted transactions'),
      run: async (scene) => {
        // The cleaner does not run before the policy is compaction.
        const configs = {
          'cleanup.policy': 'delete',
          'min.cleanable.dirty.ratio': '0.001',
          'segment.ms': '60000',
          'delete.retention.ms': '86400000',
        }
        await scene.createTopic('t', { configs })
        let laterMs = 0
        const newSegment = () => (laterMs += 120_000)
        const put = (producer: Producer, key: string, value: string) =>
          write(scene, producer, 't', [value], {
            version: protocol.produce,
            keys: [key],
            laterMs,
          })
        const start = async (producer: Producer) => {
          if (protocol.addVersion !== undefined) await add(scene, producer, { t: [0] })
        }
        let committed = await init(scene, 'committed')
        let aborted = await init(scene, 'aborted')
        const open = await init(scene, 'open')
        await start(committed)
        await put(committed, 'k', '1')
        await put(committed, 'k', '2')
        committed = await end(scene, committed, true, protocol.end)
        await start(aborted)
        await put(aborted, 'k', 'aborted')
        aborted = await end(scene, aborted, false, protocol.end)
        await start(committed)
        await put(committed, 'k', '3')
        await put(committed, 'j', '4')
        committed = await end(scene, committed, true, protocol.end)
        newSegment()
        await start(open)
        await put(open, 'k', 'open')
        await start(committed)
        await put(committed, 'k', '5')
        await put(committed, 'j', '6')
        committed = await end(scene, committed, true, protocol.end)
        newSegment()
        await start(aborted)
        await put(aborted, 'j', 'last')
        // The cleaner stops before the open transaction.
        await setCleanupPolicy(scene, 'compact')
        await scene.isCompacted('t', 0)
        await setCleanupPolicy(scene, 'delete')
        await end(scene, open, true, protocol.end)
        await end(scene, aborted, false, protocol.end)
        newSegment()
        await start(committed)
        await put(committed, 'i', 'active')
        await setCleanupPolicy(scene, 'compact')
        await scene.isCompacted('t', 5)
      },
    },
  ]
}

function deleteRecords(scene: Scene, offset: number) {
  return scene.call(DeleteRecords, 2, {
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset }] }],
    timeoutMs: TIMEOUT_MS,
  })
}

function setCleanupPolicy(scene: Scene, value: 'compact' | 'delete') {
  const configs = [{ name: 'cleanup.policy', configOperation: SET, value }]
  return scene.send(IncrementalAlterConfigs, 1, {
    resources: [{ resourceType: TOPIC, resourceName: scene.texts.prefixed('t'), configs }],
    validateOnly: false,
  })
}

async function deleteTopic(scene: Scene, topic: string): Promise<void> {
  await scene.send(DeleteTopics, 5, { topicNames: [topic], topics: [], timeoutMs: TIMEOUT_MS })
  await scene.isDeleted(topic)
  scene.lines.push(`${topic} is deleted`)
  await scene.observe()
}

function commitPlain(scene: Scene, groupId: string, partitionIndex: number, offset: number) {
  const partitions = [{ partitionIndex, committedOffset: offset, committedMetadata: '' }]
  return scene.call(OffsetCommit, 8, {
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [{ name: 't', topicId: NO_TOPIC_ID, partitions }],
  })
}

export const badCases: Suite = {
  name: 'bad-cases',
  setting: {},
  scenarios: protocols.flatMap(casesOf),
}
