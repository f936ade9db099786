import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import type { BrokerInfo } from '../../../src/index.ts'
import {
  Fetch,
  FindCoordinator,
  JoinGroup,
  ListOffsets,
  Metadata,
  OffsetCommit,
  OffsetFetch,
  Produce,
  SyncGroup,
} from '../../../src/protocol/messages/index.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { KafkaConnection } from '../../support/kafka-connection.ts'

const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** A producer with an id; `sequence` is that of its next record. */
export interface Sequenced {
  producerId: number
  producerEpoch: number
  sequence: number
}

/** Opens a connection over TCP, which is closed at the end of the test. */
export async function connectTo({ host, port }: BrokerInfo): Promise<KafkaConnection> {
  const socket = connect(port, host)
  await once(socket, 'connect')
  onTestFinished(() => void socket.destroy())
  return new KafkaConnection(socket)
}

export async function describeTopic(connection: KafkaConnection, name: string) {
  const { clusterId, topics } = await connection.call(Metadata, 12, {
    topics: [{ topicId: NO_TOPIC_ID, name }],
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  })
  const { errorCode, topicId, partitions } = topics[0]!
  return {
    clusterId,
    errorCode,
    topicId,
    leaders: partitions.map((p) => p.leaderId),
    leaderEpochs: partitions.map((p) => p.leaderEpoch),
  }
}

/** Appends one batch. Returns its base offset and error code. */
export async function produce(
  connection: KafkaConnection,
  topic: string,
  values: readonly (string | Uint8Array)[],
  producer?: Sequenced,
) {
  const records = encodeBatch(
    values.map((value) => ({ value: Buffer.from(value), timestamp: Date.now() })),
    producer && {
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      baseSequence: producer.sequence,
    },
  )
  const { responses } = await connection.call(Produce, 9, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: topic, topicId: NO_TOPIC_ID, partitionData: [{ index: 0, records }] }],
  })
  const { baseOffset, errorCode } = responses[0]!.partitionResponses[0]!
  return { baseOffset, errorCode }
}

/** Returns the records of partition 0 from an offset on, as far as one response contains them. */
export async function fetch(
  connection: KafkaConnection,
  topic: string,
  fetchOffset: number,
  partitionMaxBytes = 1 << 20,
) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes }]
  const { responses } = await connection.call(Fetch, 11, {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [{ topic, topicId: NO_TOPIC_ID, partitions }],
    forgottenTopicsData: [],
  })
  const { errorCode, logStartOffset, highWatermark, records } = responses[0]!.partitions[0]!
  const found = [...batchesOf(records ?? new Uint8Array())].flatMap((batch) => [
    ...recordsOf(batch),
  ])
  return {
    errorCode,
    logStartOffset,
    highWatermark,
    records: found
      .filter(({ offset }) => offset >= fetchOffset)
      .map(({ offset, value }) => ({ offset, value: Buffer.from(value!).toString() })),
  }
}

export async function logEndOffset(connection: KafkaConnection, topic: string): Promise<number> {
  const { topics } = await connection.call(ListOffsets, 7, {
    replicaId: -1,
    isolationLevel: 0,
    timeoutMs: 0,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  })
  return topics[0]!.partitions[0]!.offset
}

/** Creates a group of one member that has its assignment. */
export async function formGroup(connection: KafkaConnection, groupId: string) {
  const join = (memberId: string) =>
    connection.call(JoinGroup, 4, {
      groupId,
      sessionTimeoutMs: 60_000,
      rebalanceTimeoutMs: 60_000,
      memberId,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('subscription') }],
    })
  await connection.call(FindCoordinator, 4, { key: '', coordinatorKeys: [groupId] })
  const { memberId } = await join('')
  const { generationId } = await join(memberId)
  await connection.call(SyncGroup, 3, {
    groupId,
    generationId,
    memberId,
    assignments: [{ memberId, assignment: Buffer.from('assignment') }],
  })
  return { groupId, memberId, generationId }
}

export async function commitOffset(
  connection: KafkaConnection,
  member: { groupId: string; memberId: string; generationId: number },
  topic: string,
  committedOffset: number,
): Promise<number> {
  const { groupId, memberId, generationId } = member
  const partition = { partitionIndex: 0, committedOffset, committedMetadata: 'by hand' }
  const { topics } = await connection.call(OffsetCommit, 7, {
    groupId,
    memberId,
    generationIdOrMemberEpoch: generationId,
    topics: [{ name: topic, topicId: NO_TOPIC_ID, partitions: [partition] }],
  })
  return topics[0]!.partitions[0]!.errorCode
}

export async function committedOffset(
  connection: KafkaConnection,
  groupId: string,
  topic: string,
): Promise<{ committedOffset: number; metadata: string | null }> {
  const { topics } = await connection.call(OffsetFetch, 5, {
    groupId,
    topics: [{ name: topic, partitionIndexes: [0] }],
    groups: [],
  })
  const { committedOffset, metadata } = topics[0]!.partitions[0]!
  return { committedOffset, metadata }
}
