import {
  AddOffsetsToTxn,
  CreateTopics,
  DeleteGroups,
  DeleteTopics,
  DescribeGroups,
  DescribeTransactions,
  EndTxn,
  FindCoordinator,
  InitProducerId,
  ListGroups,
  Metadata,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  TxnOffsetCommit,
} from '../../../../src/protocol/messages/index.ts'
import { ZERO_UUID } from '../../../../src/platform/uuid.ts'
import type { KafkaConnection } from '../../../support/kafka-connection.ts'
import { retried } from './retried.ts'

/** The lines that a real broker gave for {@link pendingCases}, one JSON value each. */
export const pendingCasesUrl = new URL('pending-cases.jsonl', import.meta.url)

const TIMEOUT_MS = 10_000
const TRANSACTION_TIMEOUT_MS = 900_000

/** Offsets by partition. */
type Offsets = Readonly<Record<number, number>>

interface Producer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/**
 * Deletes groups, offsets and topics while transactions have offsets of them, ends the
 * transactions, and asks for all offsets after each step.
 *
 * @returns one line per answer
 */
export async function pendingCases(connection: KafkaConnection): Promise<string[]> {
  const broker = new PendingBroker(connection)
  await broker.ready()
  await broker.createTopic('t')
  for (const [name, run] of Object.entries(cases)) {
    broker.say(name)
    await run(broker, name)
  }
  return broker.lines
}

const cases: Readonly<Record<string, (broker: PendingBroker, group: string) => Promise<void>>> = {
  'offsets of both kinds': async (broker, group) => {
    await broker.commit(group, { 0: 10, 1: 11 })
    const producer = await broker.begin(group, { 1: 21, 2: 22 })
    await broker.ask(group)
    await broker.end(producer, true)
    await broker.ask(group)
  },
  'a group with pending offsets only': async (broker, group) => {
    const producer = await broker.begin(group, { 0: 5 })
    await broker.ask(group)
    await broker.end(producer, false)
    await broker.ask(group)
    await broker.deleteGroup(group)
    await broker.ask(group)
  },
  'a group that is deleted': async (broker, group) => {
    await broker.commit(group, { 2: 4 })
    const producer = await broker.begin(group, { 0: 5, 1: 6 })
    await broker.deleteGroup(group)
    await broker.ask(group)
    await broker.deleteGroup(group)
    await broker.end(producer, true)
    await broker.ask(group)
  },
  'a group that is deleted, and gets offsets of the same transaction again': async (
    broker,
    group,
  ) => {
    const producer = await broker.begin(group, { 0: 5 })
    await broker.deleteGroup(group)
    await broker.begin(group, { 1: 7 }, { producer })
    await broker.ask(group)
    await broker.end(producer, true)
    await broker.ask(group)
  },
  'offsets that are deleted': async (broker, group) => {
    await broker.commit(group, { 0: 1 })
    const producer = await broker.begin(group, { 0: 5, 1: 6, 2: 7 })
    await broker.deleteOffsets(group, [0, 1, 9])
    await broker.ask(group)
    await broker.end(producer, true)
    await broker.ask(group)
  },
  'the only offset is deleted': async (broker, group) => {
    const producer = await broker.begin(group, { 0: 5 })
    await broker.deleteOffsets(group, [0])
    await broker.ask(group)
    await broker.end(producer, true)
    await broker.ask(group)
  },
  'two producers': async (broker, group) => {
    const first = await broker.begin(group, { 0: 5 })
    const second = await broker.begin(group, { 0: 6, 1: 7 })
    await broker.end(second, true)
    await broker.ask(group)
    await broker.end(first, true)
    await broker.ask(group)
  },
  'a later commit without transaction': async (broker, group) => {
    const producer = await broker.begin(group, { 0: 5 })
    await broker.commit(group, { 0: 9 })
    await broker.ask(group)
    await broker.end(producer, true)
    await broker.ask(group)
  },
  'a topic that is deleted, and created again': async (broker, group) => {
    await broker.createTopic('gone')
    await broker.commit(group, { 0: 1 })
    await broker.commit(group, { 2: 3 }, 'gone')
    const producer = await broker.begin(group, { 0: 5, 1: 6 }, { topic: 'gone' })
    await broker.deleteTopic('gone', group)
    await broker.ask(group)
    await broker.begin(group, { 1: 8 }, { topic: 'gone', producer })
    await broker.createTopic('gone')
    await broker.ask(group, 'gone')
    await broker.begin(group, { 1: 9 }, { topic: 'gone', producer })
    await broker.ask(group, 'gone')
    await broker.end(producer, true)
    await broker.ask(group, 'gone')
  },
}

/** A broker, with the answers that it gave. */
class PendingBroker {
  readonly lines: string[] = []
  readonly #connection: KafkaConnection
  readonly #topicIds = new Map<string, string>()
  #producers = 0

  constructor(connection: KafkaConnection) {
    this.#connection = connection
  }

  say(...answer: readonly unknown[]): void {
    this.lines.push(JSON.stringify(answer.length === 1 ? answer[0] : answer))
  }

  /** Creates the internal topics. */
  async ready(): Promise<void> {
    for (const keyType of [0, 1]) {
      const request = { key: 'x', keyType, coordinatorKeys: [] }
      await retried(() => this.#connection.call(FindCoordinator, 3, request))
    }
  }

  async createTopic(name: string): Promise<void> {
    const topic = { name, numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] }
    const request = { topics: [topic], timeoutMs: TIMEOUT_MS }
    const { topics } = await this.#connection.call(CreateTopics, 7, request)
    this.#topicIds.set(name, topics[0]!.topicId)
    await until(async () => (await this.#partitionCount(name)) === 3)
  }

  /** Waits until the broker has also deleted the committed offsets of the group for it. */
  async deleteTopic(name: string, groupId: string): Promise<void> {
    const request = { topics: [], topicNames: [name], timeoutMs: TIMEOUT_MS }
    await this.#connection.call(DeleteTopics, 5, request)
    await until(async () => (await this.#partitionCount(name)) === 0)
    await until(
      async () => !JSON.stringify(await this.#fetch(groupId, null, 8, false)).includes(name),
    )
  }

  async commit(groupId: string, offsets: Offsets, topic = 't'): Promise<void> {
    const request = {
      groupId,
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: [topicOf(topic, offsets)],
    }
    await retried(async () => {
      const { topics } = await this.#connection.call(OffsetCommit, 8, request)
      return topics[0]!.partitions[0]!
    })
  }

  /** Commits in a transaction, which begins unless the producer has one. */
  async begin(
    groupId: string,
    offsets: Offsets,
    options: { topic?: string; producer?: Producer } = {},
  ): Promise<Producer> {
    const producer = options.producer ?? (await this.#newProducer())
    const request = { ...producer, groupId }
    await retried(() => this.#connection.call(AddOffsetsToTxn, 3, request))
    const topics = [topicOf(options.topic ?? 't', offsets)]
    const response = await this.#connection.call(TxnOffsetCommit, 3, { ...request, topics })
    this.say('TxnOffsetCommit', errorsOf(response.topics))
    return producer
  }

  /** Resolves when all markers are written. */
  async end(producer: Producer, committed: boolean): Promise<void> {
    const { transactionalId } = producer
    const { errorCode } = await this.#connection.call(EndTxn, 3, { ...producer, committed })
    this.say('EndTxn', errorCode)
    const request = { transactionalIds: [transactionalId] }
    await until(async () => {
      const described = await this.#connection.call(DescribeTransactions, 0, request)
      return described.transactionStates[0]!.transactionState.startsWith('Complete')
    })
  }

  async deleteGroup(groupId: string): Promise<void> {
    const request = { groupsNames: [groupId] }
    const { results } = await this.#connection.call(DeleteGroups, 2, request)
    this.say('DeleteGroups', results[0]!.errorCode)
  }

  async deleteOffsets(groupId: string, partitions: readonly number[]): Promise<void> {
    const topic = {
      name: 't',
      partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
    }
    const request = { groupId, topics: [topic] }
    const { errorCode, topics } = await this.#connection.call(OffsetDelete, 0, request)
    this.say('OffsetDelete', errorCode, errorsOf(topics))
  }

  /** Asks for the group and for its offsets. */
  async ask(groupId: string, topic = 't'): Promise<void> {
    const { groups } = await this.#connection.call(ListGroups, 5, emptyFilters)
    const listed = groups.filter((group) => group.groupId === groupId)
    this.say(
      'ListGroups',
      listed.map(({ groupState, protocolType, groupType }) => [
        groupState,
        protocolType,
        groupType,
      ]),
    )
    for (const version of [5, 6]) {
      const request = { groups: [groupId], includeAuthorizedOperations: false }
      const described = await this.#connection.call(DescribeGroups, version, request)
      const { errorCode, groupState } = described.groups[0]!
      this.say('DescribeGroups', version, errorCode, groupState)
    }
    for (const version of [5, 7, 8, 10]) {
      for (const requireStable of version < 7 ? [false] : [false, true]) {
        for (const name of [topic, null]) {
          const fetched = await this.#fetch(groupId, name, version, requireStable)
          this.say('OffsetFetch', version, requireStable, fetched)
        }
      }
    }
  }

  /** Asks for all partitions of a topic, or for all topics with `null`. */
  async #fetch(groupId: string, name: string | null, version: number, requireStable: boolean) {
    const topicId = this.#topicIds.get(name ?? '') ?? ZERO_UUID
    const topics = name === null ? null : [{ name, topicId, partitionIndexes: [0, 1, 2] }]
    const groups = [{ groupId, memberId: null, memberEpoch: -1, topics }]
    const request = version < 8 ? { groupId, topics } : { groups, groupId: '', topics: null }
    const response = await this.#connection.call(OffsetFetch, version, {
      groups: [],
      requireStable,
      ...request,
    })
    const result = version < 8 ? response : response.groups[0]!
    const found = result.topics.map((each) => [
      'topicId' in each ? each.name || this.#nameOf(each.topicId) : each.name,
      ...each.partitions
        .map((p) => [p.partitionIndex, p.committedOffset, p.metadata, p.errorCode])
        .toSorted(([a], [b]) => Number(a) - Number(b)),
    ])
    return [
      result.errorCode ?? 0,
      ...found.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    ]
  }

  #nameOf(topicId: string): string {
    return [...this.#topicIds].find(([, id]) => id === topicId)?.[0] ?? ''
  }

  async #newProducer(): Promise<Producer> {
    const transactionalId = `producer-${this.#producers++}`
    const request = { transactionalId, transactionTimeoutMs: TRANSACTION_TIMEOUT_MS }
    const { producerId, producerEpoch } = await retried(() =>
      this.#connection.call(InitProducerId, 4, request),
    )
    return { transactionalId, producerId, producerEpoch }
  }

  async #partitionCount(name: string): Promise<number> {
    const request = {
      topics: [{ name, topicId: ZERO_UUID }],
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    }
    const { topics } = await this.#connection.call(Metadata, 9, request)
    return topics[0]!.partitions.filter(({ leaderId }) => leaderId >= 0).length
  }
}

const emptyFilters = { statesFilter: [], typesFilter: [] }

function topicOf(name: string, offsets: Offsets) {
  const partitions = Object.entries(offsets).map(([partition, committedOffset]) => ({
    partitionIndex: Number(partition),
    committedOffset,
    committedMetadata: `at ${committedOffset}`,
  }))
  return { name, topicId: ZERO_UUID, partitions }
}

/** Returns the partitions with their errors. */
function errorsOf(
  topics: readonly {
    readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
  }[],
) {
  return topics.flatMap(({ partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode]),
  )
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) continue
}
