import {
  AlterPartitionReassignments,
  CreateTopics,
  DescribeTopicPartitions,
  ElectLeaders,
  ListPartitionReassignments,
  UnregisterBroker,
} from '../../../src/protocol/messages/index.ts'
import type { Api, RequestInput } from '../../../src/protocol/schema/index.ts'
import type { Caller } from '../support.ts'

/** A cluster of brokers 1, 2 and 3. */
export interface AskedCluster {
  readonly caller: Caller
  /** Stops a broker. Resolves when it is fenced. */
  readonly stop: (brokerId: number) => Promise<void>
  /** Resolves when the broker that is asked has the current metadata. */
  readonly settle: () => Promise<void>
}

/** A request, and its response without the throttle time and topic ids. */
export interface Exchange {
  readonly name: string
  readonly response: unknown
}

const timeoutMs = 10_000
const UNCLEAN = 1

/** Asks for elections and reassignments, first with all brokers, then without broker 3. */
export async function askForElections({ caller, stop, settle }: AskedCluster): Promise<Exchange[]> {
  const exchanges: Exchange[] = []

  async function ask<A extends Api>(text: string, api: A, version: number, body: RequestInput<A>) {
    const response = await caller.call(api, version, body)
    const name = `${exchanges.length} ${api.name} v${version}: ${text}`
    exchanges.push({ name, response: comparable(response) })
  }
  const elect = (text: string, version: number, type: number, topics: Topics) =>
    ask(text, ElectLeaders, version, {
      electionType: type,
      topicPartitions: topics && topics.map(([topic, ...partitions]) => ({ topic, partitions })),
      timeoutMs,
    })
  const reassign = (text: string, version: number, moves: Moves, mayChangeFactor = true) =>
    ask(text, AlterPartitionReassignments, version, {
      timeoutMs,
      allowReplicationFactorChange: mayChangeFactor,
      topics: moves.map(([name, partitionIndex, replicas]) => ({
        name,
        partitions: [{ partitionIndex, replicas }],
      })),
    })
  const list = (text: string, topics: Topics) =>
    ask(text, ListPartitionReassignments, 0, {
      timeoutMs,
      topics: topics && topics.map(([name, ...partitionIndexes]) => ({ name, partitionIndexes })),
    })
  const unregister = (text: string, brokerId: number) =>
    ask(text, UnregisterBroker, 0, { brokerId })
  const describe = async (text: string) => {
    await settle()
    await ask(text, DescribeTopicPartitions, 0, {
      topics: Object.keys(assignments)
        .sort()
        .map((name) => ({ name })),
      responsePartitionLimit: 100,
      cursor: null,
    })
  }

  await create(caller)
  await describe('at the start')
  for (const version of [0, 1, 2]) {
    await elect('no topic', version, 0, [])
    await elect('preferred leaders that lead', version, 0, [['a', 0, 1]])
    await elect('all partitions', version, 0, null)
    await elect('an unknown topic', version, 0, [['nothing', 0]])
    await elect('an unknown partition', version, 0, [['a', 7, -1]])
  }
  for (const version of [1, 2]) {
    await elect('unclean, with a leader', version, UNCLEAN, [
      ['a', 0, 1],
      ['b', 0],
    ])
    await elect('unclean, all partitions', version, UNCLEAN, null)
    await elect('an unknown type', version, 5, [['a', 0]])
    await elect('an unknown type, all partitions', version, 5, null)
    await elect('an unknown type, no topic', version, 5, [])
  }
  for (const version of [0, 1]) {
    await reassign('no topic', version, [], false)
    await reassign('unknown', version, [
      ['nothing', 0, [1]],
      ['a', 7, [1]],
      ['a', -1, null],
    ])
    await reassign('nothing to cancel', version, [['a', 0, null]])
    await reassign('no replicas', version, [['a', 0, []]])
    await reassign('a replica twice', version, [['a', 0, [1, 1]]])
    await reassign('an unknown broker', version, [['a', 0, [1, 9]]])
    await reassign('the same replicas', version, [['a', 0, [1, 2, 3]]])
  }
  await reassign('another factor', 1, [['a', 0, [1, 2]]], false)
  await reassign(
    'other errors first',
    1,
    [
      ['a', 0, [9]],
      ['a', 0, []],
    ],
    false,
  )
  await reassign('another order', 1, [['a', 0, [2, 1, 3]]], false)
  await elect('the new preferred leader', 2, 0, [['a', 0]])
  await list('none', null)
  await list('no topic', [])
  await list('unknown', [
    ['nothing', 0],
    ['a', 0, 7],
  ])
  await unregister('an unknown broker', 9)

  await stop(3)
  await describe('without broker 3')
  await elect('preferred leaders that are gone', 2, 0, [
    ['a', 2],
    ['c', 0],
  ])
  await elect('unclean, without any replica', 2, UNCLEAN, [['c', 0]])
  await elect('preferred, all partitions', 1, 0, null)
  await elect('unclean, all partitions', 1, UNCLEAN, null)
  await reassign('to a broker that is gone', 1, [
    ['b', 0, [1, 3]],
    ['b', 1, [3]],
  ])
  await describe('with reassignments')
  await list('all', null)
  await list('some', [
    ['b', 1, 0, 7],
    ['a', 0],
  ])
  await reassign('to another broker meanwhile', 1, [['b', 0, [3, 1, 2]]], false)
  await reassign('another factor meanwhile', 1, [['b', 0, [3]]], false)
  await reassign('more replicas', 1, [['b', 0, [3, 1, 2]]])
  await list('all, after a change', null)
  await reassign('cancelled', 0, [
    ['b', 0, null],
    ['b', 1, null],
    ['b', 0, null],
  ])
  await reassign('cancelled already', 1, [['b', 0, null]])
  await list('none any more', null)
  await reassign('from a broker that is gone', 1, [['c', 0, [1]]])
  await describe('after all reassignments')
  await reassign('cancelled uncleanly', 1, [['c', 0, null]])
  await unregister('broker 3', 3)
  await unregister('broker 3 again', 3)
  await reassign('to an unregistered broker', 1, [['b', 0, [1, 3]]])
  await reassign('away from an unregistered broker', 1, [['a', 2, [1, 2]]])
  await describe('without the registration of broker 3')
  return exchanges
}

type Topics = readonly (readonly [topic: string, ...partitions: number[]])[] | null
type Moves = readonly (readonly [topic: string, partition: number, replicas: number[] | null])[]

/** The replicas of each partition, by topic. */
const assignments: Readonly<Record<string, readonly (readonly number[])[]>> = {
  a: [
    [1, 2, 3],
    [2, 3, 1],
    [3, 1, 2],
  ],
  b: [
    [1, 2],
    [2, 1],
  ],
  c: [[3]],
}

async function create(caller: Caller): Promise<void> {
  await caller.call(CreateTopics, 7, {
    topics: Object.entries(assignments).map(([name, partitions]) => ({
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: partitions.map((brokerIds, partitionIndex) => ({
        partitionIndex,
        brokerIds: [...brokerIds],
      })),
      configs: [],
    })),
    timeoutMs,
    validateOnly: false,
  })
}

function comparable(response: unknown): unknown {
  const ignored = new Set(['throttleTimeMs', 'topicId'])
  const text = JSON.stringify(response, (key, value: unknown) =>
    ignored.has(key)
      ? undefined
      : Array.isArray(value) && isOfTopics(value)
        ? sorted(value)
        : value,
  )
  return JSON.parse(text)
}

type OfTopic = Readonly<Record<string, unknown>>

/** Topics of a response to all topics come in any order. */
function isOfTopics(values: readonly unknown[]): values is OfTopic[] {
  return values.every((value) => value instanceof Object && ('topic' in value || 'name' in value))
}

function sorted(values: readonly OfTopic[]): OfTopic[] {
  const nameOf = (value: OfTopic) => String(value['topic'] ?? value['name'])
  return [...values].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
}
