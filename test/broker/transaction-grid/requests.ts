import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  EndTxn,
  InitProducerId,
  Produce,
  TxnOffsetCommit,
  WriteTxnMarkers,
} from '../../../src/protocol/messages/index.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import type { RequestInput } from '../../../src/protocol/schema/index.ts'
import type { Scene } from './scene.ts'

const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** A producer as its requests show it. */
export interface Producer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** Partitions by topic. */
export type Partitions = Readonly<Record<string, readonly number[]>>

type InitRequest = RequestInput<typeof InitProducerId>

/** InitProducerId for a transactional id. */
export async function init(
  scene: Scene,
  transactionalId: string,
  options: Partial<InitRequest> & { version?: number } = {},
): Promise<Producer> {
  const { version = 5, ...fields } = options
  scene.watchTransaction(transactionalId)
  const request = { transactionalId, transactionTimeoutMs: 60_000, ...fields }
  const { producerId, producerEpoch } = await scene.call(InitProducerId, version, request)
  return { transactionalId, producerId, producerEpoch }
}

/** AddPartitionsToTxn of clients, up to version 3. */
export function add(scene: Scene, producer: Producer, topics: Partitions, version = 3) {
  return scene.call(AddPartitionsToTxn, version, {
    v3AndBelowTransactionalId: producer.transactionalId,
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: topicsOf(topics),
    transactions: [],
  })
}

/** AddPartitionsToTxn of brokers, from version 4 on. */
export function addAsBroker(
  scene: Scene,
  transactions: readonly { producer: Producer; topics: Partitions; verifyOnly?: boolean }[],
  version = 5,
) {
  return scene.call(AddPartitionsToTxn, version, {
    v3AndBelowTransactionalId: '',
    v3AndBelowProducerId: 0,
    v3AndBelowProducerEpoch: 0,
    v3AndBelowTopics: [],
    transactions: transactions.map(({ producer, topics, verifyOnly = false }) => ({
      ...producer,
      verifyOnly,
      topics: topicsOf(topics),
    })),
  })
}

export function addOffsets(scene: Scene, producer: Producer, groupId: string, version = 3) {
  return scene.call(AddOffsetsToTxn, version, { ...producer, groupId })
}

/** Returns the producer as the response of version 5 changes it. */
export async function end(
  scene: Scene,
  producer: Producer,
  committed: boolean,
  version = 4,
): Promise<Producer> {
  const response = await scene.call(EndTxn, version, { ...producer, committed })
  if (version < 5 || response === undefined || response.producerId < 0) return producer
  return { ...producer, producerId: response.producerId, producerEpoch: response.producerEpoch }
}

interface WriteOptions {
  readonly version?: number
  readonly partition?: number
  /** Default: the next one. */
  readonly sequence?: number
  readonly isTransactional?: boolean
  /** The id in the request. Default: that of the producer, if the batch is transactional. */
  readonly transactionalId?: string | null
  readonly acks?: number
  readonly keys?: readonly string[]
  /** Added to the current time. Default: 0. */
  readonly laterMs?: number
}

/** Produces one batch. Clients use version 11 with transaction protocol 1, and 12 with 2. */
export async function write(
  scene: Scene,
  producer: Producer,
  topic: string,
  values: readonly string[],
  options: WriteOptions = {},
) {
  const { version = 11, partition = 0, isTransactional = true, acks = -1, keys = [] } = options
  const { transactionalId = isTransactional ? producer.transactionalId : null } = options
  const { producerId, producerEpoch } = producer
  const source = `${producerId}/${producerEpoch} ${topic}-${partition}`
  const baseSequence = options.sequence ?? scene.sequences.get(source) ?? 0
  const timestamp = scene.stage.nowMs() + (options.laterMs ?? 0)
  const records = encodeBatch(
    values.map((value, index) => ({
      timestamp,
      key: keys[index] === undefined ? null : Buffer.from(keys[index]),
      value: Buffer.from(value),
    })),
    { producerId, producerEpoch, baseSequence, isTransactional },
  )
  const topicId = scene.topicIds.get(topic) ?? NO_TOPIC_ID
  const topicData = [{ name: topic, topicId, partitionData: [{ index: partition, records }] }]
  const request = { transactionalId, acks, timeoutMs: 10_000, topicData }
  const response = await scene.send(Produce, version, request)
  const what = `Produce v${version} ${transactionalId} to ${topic}-${partition}`
  scene.note(what, records, response?.responses ?? 'the connection is closed')
  await scene.observe()
  const answer = response?.responses[0]?.partitionResponses[0]
  if (answer?.errorCode === 0) scene.sequences.set(source, baseSequence + values.length)
  return answer
}

interface MemberOptions {
  readonly version?: number
  readonly generation?: number
  readonly memberId?: string
  readonly groupInstanceId?: string | null
  readonly metadata?: string | null
}

/** TxnOffsetCommit of one offset per partition. */
export function commitOffsets(
  scene: Scene,
  producer: Producer,
  groupId: string,
  offsets: Readonly<Record<string, Readonly<Record<number, number>>>>,
  options: MemberOptions = {},
) {
  const { version = 4, generation = -1, memberId = '', groupInstanceId = null } = options
  const { metadata = '' } = options
  return scene.call(TxnOffsetCommit, version, {
    ...producer,
    groupId,
    generationIdOrMemberEpoch: generation,
    memberId,
    groupInstanceId,
    topics: Object.entries(offsets).map(([name, partitions]) => ({
      name,
      topicId: scene.topicIds.get(name) ?? NO_TOPIC_ID,
      partitions: Object.entries(partitions).map(([partition, committedOffset]) => ({
        partitionIndex: Number(partition),
        committedOffset,
        committedMetadata: metadata,
      })),
    })),
  })
}

interface Marker {
  readonly producer: Pick<Producer, 'producerId' | 'producerEpoch'>
  readonly committed: boolean
  readonly topics: Partitions
  readonly coordinatorEpoch: number
  readonly transactionVersion?: number
}

export function writeMarkers(scene: Scene, markers: readonly Marker[], version = 2) {
  return scene.call(WriteTxnMarkers, version, {
    markers: markers.map(({ producer, committed, topics, ...rest }) => ({
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      transactionResult: committed,
      topics: Object.entries(topics).map(([name, partitionIndexes]) => ({
        name,
        partitionIndexes: [...partitionIndexes],
      })),
      ...rest,
    })),
  })
}

function topicsOf(topics: Partitions) {
  return Object.entries(topics).map(([name, partitions]) => ({ name, partitions: [...partitions] }))
}
