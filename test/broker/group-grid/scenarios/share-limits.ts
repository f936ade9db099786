import {
  EndTxn,
  Fetch,
  FindCoordinator,
  InitProducerId,
  Produce,
  ShareFetch,
} from '../../../../src/protocol/messages/index.ts'
import { encodeBatch } from '../../../../src/record/batch-encoder.ts'
import { batchesOf } from '../../../../src/record/batch-view.ts'
import { recordsOf } from '../../../../src/record/records.ts'
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
} from '../share-delivery.ts'
import type { Scenario, Suite } from '../scenario.ts'

/** Writes down the records of a dead-letter topic. */
async function deadLetters(scene: GroupScene, topic: string): Promise<void> {
  await scene.stage.pass(1500)
  const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }
  const response = await scene.send(Fetch, 12, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1 << 20,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic, topicId: scene.topicId(topic), partitions: [partition] }],
    forgottenTopicsData: [],
  })
  const { errorCode, records } = response!.responses[0]!.partitions[0]!
  scene.lines.push(`records of ${topic}: ${scene.texts.of({ errorCode })}`)
  for (const batch of batchesOf(records ?? new Uint8Array())) {
    for (const { offset, key, value, headers } of recordsOf(batch)) {
      const text = (bytes: Uint8Array | null) =>
        bytes === null ? 'null' : scene.texts.of(Buffer.from(bytes).toString())
      const named = headers.map((header) => `${header.key}=${text(header.value)}`)
      scene.lines.push(`  ${offset}: ${text(key)} → ${text(value)} ${named.join(' ')}`)
    }
  }
}

const deadLetterConfigs = (scene: GroupScene, topic: string, copies = 'false') =>
  scene.setGroupConfigs('g', {
    'errors.deadletterqueue.topic.name': scene.texts.prefixed(topic),
    'errors.deadletterqueue.copy.record.enable': copies,
  })

/** Starts a transactional producer. */
async function startProducer(scene: GroupScene, transactionalId: string) {
  for (;;) {
    const found = await scene.send(FindCoordinator, 4, {
      key: '',
      keyType: 1,
      coordinatorKeys: [transactionalId],
    })
    if (found?.coordinators[0]?.errorCode !== 0) {
      await scene.stage.pass(50)
      continue
    }
    const started = (await scene.send(InitProducerId, 5, {
      transactionalId,
      transactionTimeoutMs: 60_000,
    }))!
    if (started.errorCode === 0) return { transactionalId, ...started }
    await scene.stage.pass(50)
  }
}

type Producer = Awaited<ReturnType<typeof startProducer>>

/** Appends one batch of a transaction to topic `t`. */
async function append(
  scene: GroupScene,
  producer: Producer,
  baseSequence: number,
  ...values: string[]
) {
  const { transactionalId, producerId, producerEpoch } = producer
  const records = encodeBatch(
    values.map((value) => ({
      timestamp: scene.stage.nowMs(),
      key: null,
      value: Buffer.from(value),
    })),
    { producerId, producerEpoch, baseSequence, isTransactional: true },
  )
  const topicData = [
    { name: 't', topicId: scene.topicId('t'), partitionData: [{ index: 0, records }] },
  ]
  const response = await scene.send(Produce, 12, {
    transactionalId,
    acks: -1,
    timeoutMs: 10_000,
    topicData,
  })
  const { errorCode } = response!.responses[0]!.partitionResponses[0]!
  scene.lines.push(`transaction: ${values.join(',')} ${errorCode}`)
}

async function end(scene: GroupScene, producer: Producer, committed: boolean): Promise<Producer> {
  const ended = (await scene.send(EndTxn, 5, { ...producer, committed }))!
  scene.lines.push(`transaction ends: ${committed} ${ended.errorCode}`)
  await scene.stage.pass(500)
  return { ...producer, producerId: ended.producerId, producerEpoch: ended.producerEpoch }
}

const scenarios: readonly Scenario[] = [
  {
    name: 'too many sessions',
    run: async (scene) => {
      await member(scene, ['a', 'b', 'c'])
      const other = async (memberId: string, options = {}) =>
        (
          await scene.begin(memberId, ShareFetch, 2, fetching(scene, { memberId, ...options }))
        ).answered()
      await fetchRecords(scene)
      await other('b')
      await other('c')
      await other('c', { shareSessionEpoch: 1 })
      await other('b', { shareSessionEpoch: 1 })
      await fetch(scene, { shareSessionEpoch: -1, isBare: true })
      await scene.stage.pass(500)
      await other('c')
      await other('d')
    },
  },
  {
    name: 'acquisition locks end, and records are archived after the last delivery',
    run: async (scene) => {
      await scene.setGroupConfigs('g', {
        'share.record.lock.duration.ms': '1000',
        'share.delivery.count.limit': '2',
      })
      await member(scene, ['a', 'b'])
      await fetchRecords(scene)
      await acknowledge(scene, [[1, 1, ACCEPT]])
      await scene.pass(2500)
      await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: 2 })
      await fetchRecords(scene, { shareSessionEpoch: 3 })
      await scene.pass(2500)
      await describeOffsets(scene)
      await produce(scene, 't', ['c'])
      await fetchRecords(scene, { shareSessionEpoch: 4 })
      await scene.setGroupConfigs('g', { 'share.record.lock.duration.ms': '3000' })
      await scene.pass(2500)
      await fetchRecords(scene, { shareSessionEpoch: 5 })
      await describeOffsets(scene)
    },
  },
  {
    name: 'rejected and undeliverable records go to a dead-letter topic',
    run: async (scene) => {
      await scene.createTopic('dlq', { configs: { 'errors.deadletterqueue.group.enable': 'true' } })
      await deadLetterConfigs(scene, 'dlq')
      await scene.setGroupConfigs('g', { 'share.delivery.count.limit': '2' })
      await member(scene, ['a', 'b', 'c'], ['d', 'e'])
      await fetchRecords(scene)
      await acknowledge(scene, [[0, 2, REJECT, ACCEPT, RELEASE]])
      await deadLetters(scene, 'dlq')
      await fetchRecords(scene, { shareSessionEpoch: 2 })
      await acknowledge(scene, [[2, 2, RELEASE]], { shareSessionEpoch: 3 })
      await deadLetters(scene, 'dlq')
      await deadLetterConfigs(scene, 'dlq', 'true')
      await acknowledge(scene, [[3, 4, REJECT]], { shareSessionEpoch: 4 })
      await deadLetters(scene, 'dlq')
    },
  },
  {
    name: 'dead-letter topics that cannot be used',
    run: async (scene) => {
      await scene.createTopic('plain')
      await deadLetterConfigs(scene, 'plain')
      await member(scene, ['a', 'b', 'c'])
      await fetchRecords(scene)
      await acknowledge(scene, [[0, 0, REJECT]])
      await deadLetters(scene, 'plain')
      await deadLetterConfigs(scene, 'missing')
      await acknowledge(scene, [[1, 1, REJECT]], { shareSessionEpoch: 2 })
      await deadLetters(scene, 'missing')
      await scene.setGroupConfigs('g', { 'errors.deadletterqueue.topic.name': '__dead' })
      await acknowledge(scene, [[2, 2, REJECT]], { shareSessionEpoch: 3 })
      await scene.setGroupConfigs('g', { 'errors.deadletterqueue.topic.name': 'not a topic' })
      await describeOffsets(scene)
      await fetchRecords(scene, { shareSessionEpoch: 4 })
    },
  },
  {
    name: 'records of transactions',
    run: async (scene) => {
      await scene.setGroupConfigs('g', { 'share.isolation.level': 'read_committed' })
      await member(scene, ['a'])
      let producer = await startProducer(scene, scene.texts.prefixed('one'))
      await append(scene, producer, 0, 'b', 'c')
      await produce(scene, 't', ['d'])
      await fetchRecords(scene)
      producer = await end(scene, producer, false)
      await fetchRecords(scene, { shareSessionEpoch: 1 })
      await append(scene, producer, 0, 'e', 'f')
      producer = await end(scene, producer, true)
      await fetchRecords(scene, { shareSessionEpoch: 2 })
      await append(scene, producer, 0, 'g')
      await fetchRecords(scene, { shareSessionEpoch: 3 })
      await scene.setGroupConfigs('g', { 'share.isolation.level': 'read_uncommitted' })
      await fetchRecords(scene, { shareSessionEpoch: 4 })
      producer = await end(scene, producer, false)
      await acknowledge(scene, [[8, 8, RELEASE]], { shareSessionEpoch: 5 })
      await scene.setGroupConfigs('g', { 'share.isolation.level': 'read_committed' })
      await fetchRecords(scene, { shareSessionEpoch: 6 })
      await produce(scene, 't', ['h'])
      await fetchRecords(scene, { shareSessionEpoch: 7 })
      await describeOffsets(scene)
    },
  },
  {
    name: 'a group that is full',
    run: async (scene) => {
      await member(scene)
      await share(scene, { memberId: 'b' })
      await share(scene, { memberId: 'c' })
      await share(scene, { memberId: 'b', memberEpoch: -1 })
      await shareUntilAssigned(scene, { memberId: 'c' })
    },
  },
]

export const shareLimits: Suite = {
  name: 'share-limits',
  setting: {
    config: {
      'group.share.max.share.sessions': 2,
      'group.share.max.size': 2,
      'group.share.min.record.lock.duration.ms': 1000,
      'errors.deadletterqueue.topic.name.prefix': '',
      'transaction.state.log.min.isr': 1,
      'transaction.state.log.num.partitions': 1,
      'transaction.state.log.replication.factor': 1,
    },
  },
  isAlone: true,
  scenarios,
}
