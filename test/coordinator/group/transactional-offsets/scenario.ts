import {
  AddOffsetsToTxn,
  CreateTopics,
  DeleteGroups,
  EndTxn,
  FindCoordinator,
  InitProducerId,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  TxnOffsetCommit,
} from '../../../../src/protocol/messages/index.ts'
import { ZERO_UUID } from '../../../../src/platform/uuid.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import type { KafkaConnection } from '../../../support/kafka-connection.ts'
import { retried } from './retried.ts'

/**
 * The recorded segment of `__consumer_offsets-0`, and what the broker that wrote it answered after
 * a restart.
 */
export const segmentUrl = new URL('00000000000000000000.log', import.meta.url)
export const answersUrl = new URL('answers.json', import.meta.url)

export const TOPIC = 't'
export const PARTITIONS = [0, 1, 2, 3, 4, 5, 6, 7]
export const GROUPS = ['orders', 'aborted', 'open', 'deleted', 'again']
export const FETCH_VERSION = 8

/** One question about a group: all that it has committed, or the partitions by name. */
export interface Question {
  readonly groupId: string
  readonly partitions: 'all' | 'named'
  readonly requireStable: boolean
}

/** Partition, committed offset and error code. */
export type OffsetAnswer = readonly [partition: number, offset: number, errorCode: number]

export interface Answers {
  readonly offsets: readonly (Question & { readonly answer: readonly OffsetAnswer[] })[]
  /** Group id, state, protocol type. */
  readonly groups: readonly (readonly [string, string, string])[]
}

export const questions: readonly Question[] = GROUPS.flatMap((groupId) =>
  (['all', 'named'] as const).flatMap((partitions) =>
    [false, true].map((requireStable) => ({ groupId, partitions, requireStable })),
  ),
)

const TIMEOUT_MS = 10_000
/** `transaction.max.timeout.ms`: open transactions must stay open during the recording. */
const TRANSACTION_TIMEOUT_MS = 900_000

/**
 * Writes committed, aborted and open transactional offset commits. Each line has all steps of a
 * partition, and so shows the expected responses.
 */
export async function commitOffsets(connection: KafkaConnection): Promise<void> {
  await createTopic(connection)
  await awaitCoordinators(connection)
  const producer = (name: string) => Producer.start(connection, name)
  const commit = (groupId: string, partition: number, offset: number) =>
    commitPlain(connection, groupId, partition, offset)
  for (const partition of [0, 1, 2]) await commit('orders', partition, 10)
  await (
    await producer('aborts')
  ).transact(false, 'orders', [
    [0, 99],
    [7, 9],
  ])
  await (await producer('commits')).transact(true, 'orders', [[1, 20]])
  await (
    await producer('stays-open')
  ).begin('orders', [
    [2, 99],
    [3, 5],
  ])
  const overtaken = await producer('is-overtaken')
  await overtaken.begin('orders', [[4, 7]])
  await commit('orders', 4, 30)
  await overtaken.end(true)
  await commit('orders', 5, 1)
  const deleted = await producer('is-deleted')
  await deleted.begin('orders', [[5, 50]])
  await deleteOffset(connection, 'orders', 5)
  await deleted.end(true)
  await (await producer('stays-open-too')).begin('orders', [[6, 5]])
  await (await producer('commits-beside')).transact(true, 'orders', [[6, 6]])
  await (await producer('aborts-all')).transact(false, 'aborted', [[0, 1]])
  await (await producer('opens-all')).begin('open', [[0, 1]])
  await commit('deleted', 0, 3)
  const late = await producer('ends-after-the-deletion')
  await late.begin('deleted', [[1, 4]])
  await deleteGroup(connection, 'deleted')
  await late.end(true)
  const again = await producer('again')
  await again.transact(false, 'again', [
    [0, 11],
    [1, 11],
  ])
  await again.transact(true, 'again', [[0, 12]])
}

/** Asks everything. Groups are sorted, because brokers list them in no order. */
export async function askOffsets(connection: KafkaConnection): Promise<Answers> {
  const offsets = []
  for (const question of questions) {
    const response = await connection.call(OffsetFetch, FETCH_VERSION, requestOf(question))
    offsets.push({ ...question, answer: answerOf(response) })
  }
  const { groups } = await connection.call(ListGroups, 5, { statesFilter: [], typesFilter: [] })
  return {
    offsets,
    groups: groups
      .map(({ groupId, groupState, protocolType }) => [groupId, groupState, protocolType] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  }
}

export function requestOf({ groupId, partitions, requireStable }: Question) {
  const named = [{ name: TOPIC, topicId: ZERO_UUID, partitionIndexes: PARTITIONS }]
  return {
    groupId: '',
    topics: null,
    groups: [{ groupId, topics: partitions === 'all' ? null : named }],
    requireStable,
  }
}

interface FetchedGroups {
  readonly groups: readonly {
    readonly topics: readonly {
      readonly partitions: readonly {
        readonly partitionIndex: number
        readonly committedOffset: number
        readonly errorCode: number
      }[]
    }[]
  }[]
}

export function answerOf({ groups }: FetchedGroups): OffsetAnswer[] {
  return groups
    .flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions))
    .map((p) => [p.partitionIndex, p.committedOffset, p.errorCode] as const)
    .toSorted(([a], [b]) => a - b)
}

type Offsets = readonly (readonly [partition: number, offset: number])[]

/** A transactional producer that commits offsets and sends no records. */
class Producer {
  readonly #connection: KafkaConnection
  readonly #identity: { transactionalId: string; producerId: number; producerEpoch: number }

  private constructor(connection: KafkaConnection, identity: Producer['identity']) {
    this.#connection = connection
    this.#identity = identity
  }

  get identity() {
    return this.#identity
  }

  static async start(connection: KafkaConnection, transactionalId: string): Promise<Producer> {
    const { errorCode, producerId, producerEpoch } = await retried(() =>
      connection.call(InitProducerId, 4, {
        transactionalId,
        transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
      }),
    )
    check(errorCode)
    return new Producer(connection, { transactionalId, producerId, producerEpoch })
  }

  async transact(isCommitted: boolean, groupId: string, offsets: Offsets): Promise<void> {
    await this.begin(groupId, offsets)
    await this.end(isCommitted)
  }

  async begin(groupId: string, offsets: Offsets): Promise<void> {
    const request = { ...this.#identity, groupId }
    const added = await retried(() => this.#connection.call(AddOffsetsToTxn, 3, request))
    check(added.errorCode)
    const partitions = offsets.map(([partitionIndex, committedOffset]) => ({
      partitionIndex,
      committedOffset,
      committedMetadata: '',
    }))
    const { topics } = await this.#connection.call(TxnOffsetCommit, 3, {
      ...request,
      topics: [{ name: TOPIC, topicId: ZERO_UUID, partitions }],
    })
    for (const topic of topics) for (const { errorCode } of topic.partitions) check(errorCode)
  }

  /** Resolves when the marker is written: until then the next transaction is refused. */
  async end(committed: boolean): Promise<void> {
    const request = { ...this.#identity, committed }
    check((await this.#connection.call(EndTxn, 3, request)).errorCode)
  }
}

async function createTopic(connection: KafkaConnection): Promise<void> {
  const { topics } = await connection.call(CreateTopics, 5, {
    topics: [
      {
        name: TOPIC,
        numPartitions: PARTITIONS.length,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      },
    ],
    timeoutMs: TIMEOUT_MS,
    validateOnly: false,
  })
  check(topics[0]!.errorCode)
}

/** The internal topics are made by the first question about them. */
async function awaitCoordinators(connection: KafkaConnection): Promise<void> {
  for (const keyType of [0, 1]) {
    await retried(() =>
      connection.call(FindCoordinator, 3, { key: 'orders', keyType, coordinatorKeys: [] }),
    )
  }
  await retried(async () => {
    const { topics } = await connection.call(OffsetCommit, 8, plainCommit('probe', 0, 0))
    return topics[0]!.partitions[0]!
  })
  await deleteGroup(connection, 'probe')
}

async function commitPlain(
  connection: KafkaConnection,
  groupId: string,
  partition: number,
  offset: number,
): Promise<void> {
  const request = plainCommit(groupId, partition, offset)
  const { topics } = await connection.call(OffsetCommit, 8, request)
  check(topics[0]!.partitions[0]!.errorCode)
}

function plainCommit(groupId: string, partitionIndex: number, committedOffset: number) {
  return {
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [
      {
        name: TOPIC,
        topicId: ZERO_UUID,
        partitions: [{ partitionIndex, committedOffset, committedMetadata: '' }],
      },
    ],
  }
}

async function deleteOffset(
  connection: KafkaConnection,
  groupId: string,
  partitionIndex: number,
): Promise<void> {
  const topics = [{ name: TOPIC, partitions: [{ partitionIndex }] }]
  check((await connection.call(OffsetDelete, 0, { groupId, topics })).errorCode)
}

async function deleteGroup(connection: KafkaConnection, groupId: string): Promise<void> {
  const { results } = await connection.call(DeleteGroups, 2, { groupsNames: [groupId] })
  check(results[0]!.errorCode)
}

function check(errorCode: number): void {
  if (errorCode !== ErrorCode.None) throw new Error(`the broker answered error ${errorCode}`)
}
