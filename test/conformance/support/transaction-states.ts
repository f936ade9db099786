import { readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { TransactionLogRecord } from '../../../src/protocol/internal/transaction-log.ts'
import {
  AddOffsetsToTxn,
  DescribeTransactions,
  EndTxn,
  ListTransactions,
  OffsetFetch,
  Produce,
  TxnOffsetCommit,
} from '../../../src/protocol/messages/index.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { batchesOf, BatchView } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import type { PartitionAnswers } from './partition-answers.ts'
import { askEach } from './odradek-files.ts'
import type { Producer, RawClient } from './raw-client.ts'
import { NO_TOPIC_ID, retry } from './raw-client.ts'

export const topic = 'orders'
export const partitions = 4

/** Configs of both brokers. Open transactions must stay open. */
export const brokerConfig = {
  'offsets.topic.num.partitions': 1,
  'transaction.state.log.num.partitions': 2,
}

/** The transactional ids by the state in which they end, before anything is cut. */
const ids = {
  empty: 'empty',
  ongoing: 'ongoing',
  completeCommit: 'complete-commit',
  completeAbort: 'complete-abort',
  newProtocol: 'new-protocol',
  // In different partitions of `__transaction_state`, so that each has the last record of one.
  prepareCommit: 'prepare-commit',
  prepareAbort: 'prepare-abort',
}

const groups = ['open', 'done', 'prepared', 'aborted']
const LOG = '00000000000000000000.log'
/** By the hash of the transactional id. */
const PARTITION_OF_PREPARE_COMMIT = 1
const COMMIT_VERSION = 3
/** The first version that ends a transaction with a new epoch (KIP-890). */
const NEW_END_VERSION = 5
const NEW_PRODUCE_VERSION = 12

/** Brings transactional ids into every state, one request after another. */
export async function changeTransactions(client: RawClient): Promise<void> {
  await client.createTopic(topic, partitions)
  for (const group of groups) await client.findGroupCoordinator(group)
  await client.initProducer(ids.empty)

  const completeCommit = await client.initProducer(ids.completeCommit)
  await work(client, completeCommit, 1, 'done')
  await end(client, completeCommit, true)
  const completeAbort = await client.initProducer(ids.completeAbort)
  await work(client, completeAbort, 1, 'aborted')
  await end(client, completeAbort, false)
  await useNewProtocol(client)

  const ongoing = await client.initProducer(ids.ongoing)
  await work(client, ongoing, 0, 'open')
  const prepareCommit = await client.initProducer(ids.prepareCommit)
  const prepareAbort = await client.initProducer(ids.prepareAbort)
  await work(client, prepareCommit, 2, 'prepared')
  await work(client, prepareAbort, 3, 'prepared')
  await end(client, prepareCommit, true)
  await end(client, prepareAbort, false)
}

/** Adds a partition and a group, produces, and sends an offset. */
async function work(
  client: RawClient,
  producer: Producer,
  partition: number,
  groupId: string,
): Promise<void> {
  await client.addToTransaction(producer, topic, [partition])
  await client.produce(topic, partition, records(producer.transactionalId!), {}, producer)
  const { producerId, producerEpoch } = producer
  const transactionalId = producer.transactionalId!
  const common = { transactionalId, producerId, producerEpoch, groupId }
  await retry('AddOffsetsToTxn', async () => {
    const { errorCode } = await client.connection.call(AddOffsetsToTxn, COMMIT_VERSION, common)
    return { errorCode, result: undefined }
  })
  await retry('TxnOffsetCommit', async () => {
    const committed = { partitionIndex: partition, committedOffset: 7, committedMetadata: null }
    const { topics } = await client.connection.call(TxnOffsetCommit, COMMIT_VERSION, {
      ...common,
      topics: [{ name: topic, topicId: NO_TOPIC_ID, partitions: [committed] }],
    })
    return { errorCode: topics[0]!.partitions[0]!.errorCode, result: undefined }
  })
}

/** Resolves when the markers are written. */
async function end(client: RawClient, producer: Producer, committed: boolean): Promise<void> {
  await retry('EndTxn', async () => {
    const { errorCode } = await client.connection.call(EndTxn, COMMIT_VERSION, {
      transactionalId: producer.transactionalId!,
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      committed,
    })
    return { errorCode, result: undefined }
  })
  await completed(client, [producer.transactionalId!])
}

/** Two transactions without AddPartitionsToTxn. */
async function useNewProtocol(client: RawClient): Promise<void> {
  const producer = await client.initProducer(ids.newProtocol)
  const transactionalId = ids.newProtocol
  for (const committed of [true, false]) {
    const { producerId, producerEpoch } = producer
    const batch = encodeBatch(records(`new ${committed}`), {
      producerId,
      producerEpoch,
      baseSequence: 0,
      isTransactional: true,
    })
    await retry('Produce', async () => {
      const { responses } = await client.connection.call(Produce, NEW_PRODUCE_VERSION, {
        transactionalId,
        acks: -1,
        timeoutMs: 10_000,
        topicData: [
          { name: topic, topicId: NO_TOPIC_ID, partitionData: [{ index: 1, records: batch }] },
        ],
      })
      return { errorCode: responses[0]!.partitionResponses[0]!.errorCode, result: undefined }
    })
    const next = await retry('EndTxn', async () => {
      const request = { transactionalId, producerId, producerEpoch, committed }
      const response = await client.connection.call(EndTxn, NEW_END_VERSION, request)
      return { errorCode: response.errorCode, result: response }
    })
    Object.assign(producer, { producerEpoch: next.producerEpoch })
    await completed(client, [transactionalId])
  }
}

function records(value: string) {
  return [{ key: Buffer.from('key'), value: Buffer.from(value), timestamp: Date.now() }]
}

/** Resolves when none of the transactions waits for its markers. */
async function completed(client: RawClient, transactionalIds: readonly string[]): Promise<void> {
  await retry('DescribeTransactions', async () => {
    const states = await describe(client, transactionalIds)
    const isDone = states.every(({ state }) => !state.startsWith('Prepare'))
    return { errorCode: isDone ? 0 : CONCURRENT_TRANSACTIONS, result: undefined }
  })
}

const CONCURRENT_TRANSACTIONS = 51

interface DescribedTransaction {
  readonly id: string
  readonly state: string
  readonly producer: string
  readonly partitions: readonly string[]
}

async function describe(
  client: RawClient,
  transactionalIds: readonly string[],
): Promise<DescribedTransaction[]> {
  const { transactionStates } = await client.connection.call(DescribeTransactions, 0, {
    transactionalIds: [...transactionalIds],
  })
  return transactionStates.map((each) => ({
    id: each.transactionalId,
    state: each.errorCode === 0 ? each.transactionState : `error ${each.errorCode}`,
    producer: `${each.producerId} ${each.producerEpoch}`,
    partitions: each.topics.flatMap((of) => of.partitions.map((id) => `${of.topic}-${id}`)),
  }))
}

type PartitionContent = Omit<PartitionAnswers, 'maxTimestamp' | 'found' | 'timestamps'>

/** All that a broker answers about the transactions and their effects. */
export interface TransactionAnswers {
  readonly transactions: readonly DescribedTransaction[]
  /** By the filter. */
  readonly listed: Readonly<Record<string, readonly string[]>>
  readonly partitions: readonly PartitionContent[]
  /** Group: partition, offset and error. */
  readonly offsets: Readonly<Record<string, readonly string[]>>
}

/** Asks a broker that has just been started, when its prepared transactions are complete. */
export async function askTransactions(client: RawClient): Promise<TransactionAnswers> {
  const all = Object.values(ids)
  for (const id of all) await found(client, id)
  await completed(client, all)
  const offsets: Record<string, string[]> = {}
  for (const group of groups) offsets[group] = await stableOffsets(client, group)
  return {
    transactions: await describe(client, all),
    listed: {
      all: await list(client, []),
      ongoing: await list(client, ['Ongoing']),
      complete: await list(client, ['CompleteCommit', 'CompleteAbort']),
    },
    partitions: (await askEach(client, topic, partitions)).map(contentOf),
    offsets,
  }
}

/** The time of a marker is that of its broker. */
function contentOf(answers: PartitionAnswers): PartitionContent {
  const { earliest, latest, lastStable, committedOffsets, abortedTransactions, epochs } = answers
  const batches = answers.batches.map((hex) => {
    const bytes = Buffer.from(hex, 'hex')
    if (!new BatchView(bytes).isControl) return hex
    bytes.fill(0, CHECKSUM_AT, CHECKSUM_AT + 4)
    bytes.fill(0, TIMESTAMPS_AT, TIMESTAMPS_AT + 16)
    return bytes.toString('hex')
  })
  return { earliest, latest, lastStable, committedOffsets, abortedTransactions, epochs, batches }
}

/** The positions in a batch of magic 2. */
const CHECKSUM_AT = 17
const TIMESTAMPS_AT = 27

/** Resolves when the coordinator has loaded its partition. */
async function found(client: RawClient, transactionalId: string): Promise<void> {
  await retry('DescribeTransactions', async () => {
    const { transactionStates } = await client.connection.call(DescribeTransactions, 0, {
      transactionalIds: [transactionalId],
    })
    return { errorCode: transactionStates[0]!.errorCode, result: undefined }
  })
}

async function list(client: RawClient, stateFilters: string[]): Promise<string[]> {
  const { transactionStates } = await client.connection.call(ListTransactions, 1, {
    stateFilters,
    producerIdFilters: [],
    durationFilter: -1,
  })
  return transactionStates
    .map((each) => `${each.transactionalId} ${each.producerId} ${each.transactionState}`)
    .toSorted()
}

async function stableOffsets(client: RawClient, groupId: string): Promise<string[]> {
  const partitionIndexes = Array.from({ length: partitions }, (_, index) => index)
  return retry('OffsetFetch', async () => {
    const { groups: answered } = await client.connection.call(OffsetFetch, 8, {
      groupId: '',
      topics: null,
      groups: [{ groupId, topics: [{ name: topic, topicId: NO_TOPIC_ID, partitionIndexes }] }],
      requireStable: true,
    })
    const { errorCode, topics } = answered[0]!
    const result = topics
      .flatMap((of) => of.partitions)
      .map((each) => `${each.partitionIndex} ${each.committedOffset} ${each.errorCode}`)
    return { errorCode, result }
  })
}

/** Fences the producer of the open transaction, which aborts it. */
export async function endOpenTransaction(client: RawClient): Promise<void> {
  await client.initProducer(ids.ongoing)
}

/**
 * Removes what a broker had not written when it died between prepare and complete: the last record
 * of two transactions, and their markers, except for one that was already written.
 */
export function cutToPrepared(dataDir: string): void {
  for (const [id, partition] of [
    [ids.prepareCommit, PARTITION_OF_PREPARE_COMMIT],
    [ids.prepareAbort, 1 - PARTITION_OF_PREPARE_COMMIT],
  ] as const) {
    const path = join(dataDir, `__transaction_state-${partition}`, LOG)
    const [beforeLast, last] = [...batchesOf(readFileSync(path))].slice(-2)
    expect(last && idOf(last), `the last record of ${path}`).toBe(id)
    expect(beforeLast && idOf(beforeLast), `the record before it in ${path}`).toBe(id)
    cut(path, last!.sizeInBytes)
  }
  for (const name of [`${topic}-3`, '__consumer_offsets-0']) {
    const path = join(dataDir, name, LOG)
    const batches = [...batchesOf(readFileSync(path))]
    const markers = batches.slice(batches.findLastIndex((batch) => !batch.isControl) + 1)
    cut(
      path,
      markers.reduce((sum, batch) => sum + batch.sizeInBytes, 0),
    )
  }
}

function idOf(batch: BatchView): string {
  const [record] = recordsOf(batch)
  return TransactionLogRecord.decodeKey(record!.key!).transactionalId
}

function cut(path: string, size: number): void {
  truncateSync(path, statSync(path).size - size)
}
