import { expect, test } from 'vitest'
import { Delays } from '../../src/broker/delays.ts'
import { BrokerSharePersister } from '../../src/broker/share-persister.ts'
import { ManualClock } from '../../src/index.ts'
import { statePartitionOf } from '../../src/coordinator/share/share-partition-key.ts'
import { ErrorCode, errorMessage } from '../../src/protocol/error-code.ts'
import type { WriteShareGroupState } from '../../src/protocol/messages/index.ts'
import type { RequestOf } from '../../src/protocol/schema/index.ts'
import { isPending } from './support.ts'

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAABQ'
const OTHER_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAABg'
const GROUP = 'group'
const PARTITION_COUNT = 2

/** The persister of a broker, with coordinators that a test decides. */
class Kit {
  readonly clock = new ManualClock()
  readonly delays = new Delays(this.clock)
  /** The leader of each partition of `__share_group_state`; -1 for none. */
  leaders = [1, 2]
  isTopicCreated = true
  /** The error of each broker's next responses; none when they are used up. */
  readonly errors = new Map<number, (ErrorCode | 'lost' | 'missing')[]>()
  message: string | null = null
  readonly sent: { to: number; name: string; version: number; partitions: string[] }[] = []
  readonly persister: BrokerSharePersister

  constructor() {
    const leaders = (): number[] => this.leaders
    const topics = new Map<string, unknown>()
    const create = (): void => {
      this.isTopicCreated = true
      topics.set('__share_group_state', { partitions: leaders() })
    }
    create()
    this.persister = new BrokerSharePersister({
      image: {
        topics,
        partition: (_: string, partition: number) =>
          topics.size === 0 ? undefined : { leader: this.leaders[partition] },
        isAlive: (id: number) => id > 0,
      } as never,
      config: { number: () => PARTITION_COUNT } as never,
      controller: { createTopics: create } as never,
      peers: {
        send: (to, { name }, version, body) => this.#answer(to, name, version, body) as never,
      },
      delays: this.delays,
      random: { int: (bound) => Math.floor(bound / 2), bytes: (size) => new Uint8Array(size) },
    })
    this.deleteTopic = () => {
      this.isTopicCreated = false
      topics.clear()
    }
  }

  readonly deleteTopic: () => void

  #answer(to: number, name: string, version: number, body: unknown) {
    const { topics } = body as RequestOf<typeof WriteShareGroupState>
    const keys = topics.flatMap(({ topicId, partitions }) =>
      partitions.map(({ partition }) => `${topicId}-${partition}`),
    )
    this.sent.push({ to, name, version, partitions: keys })
    const error = this.errors.get(to)?.shift() ?? ErrorCode.None
    if (error === 'lost') return undefined
    const results = topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partition }) => ({
        partition,
        errorCode: error,
        errorMessage: this.message,
      })),
    }))
    return { results: error === 'missing' ? [] : results }
  }

  write(...partitions: number[]) {
    return this.persister.writeState(request([TOPIC_ID], partitions))
  }

  /** Returns the broker that coordinates a share partition. */
  coordinatorOf(partition: number, topicId = TOPIC_ID): number {
    const key = { groupId: GROUP, topicId, partition }
    return this.leaders[statePartitionOf(key, PARTITION_COUNT)]!
  }
}

function request(topicIds: string[], partitions: number[]) {
  const written = { stateEpoch: 0, leaderEpoch: 0, startOffset: 0, deliveryCompleteCount: 0 }
  return {
    groupId: GROUP,
    topics: topicIds.map((topicId) => ({
      topicId,
      partitions: partitions.map((partition) => ({ partition, ...written, stateBatches: [] })),
    })),
  }
}

function failure(errorCode: ErrorCode, text: string) {
  const partitions = [{ partition: 0, errorCode, errorMessage: text }]
  return { results: [{ topicId: TOPIC_ID, partitions }] }
}

test('one request for each coordinator, and no promise', () => {
  const kit = new Kit()
  const partitions = [0, 1, 2, 3, 4]
  const topicIds = [TOPIC_ID, OTHER_TOPIC_ID]
  expect(kit.persister.writeState(request(topicIds, partitions))).toMatchObject({
    results: topicIds.map((topicId) => ({
      topicId,
      partitions: expect.arrayContaining(
        partitions.map((partition) => expect.objectContaining({ partition, errorCode: 0 })),
      ) as unknown,
    })),
  })
  expect(kit.sent.map(({ to }) => to).toSorted()).toEqual([1, 2])
  for (const { to, name, version, partitions: keys } of kit.sent) {
    expect([name, version]).toEqual(['WriteShareGroupState', 1])
    const expected = topicIds.flatMap((topicId) =>
      partitions
        .filter((partition) => kit.coordinatorOf(partition, topicId) === to)
        .map((partition) => `${topicId}-${partition}`),
    )
    expect(keys).toEqual(expected)
  }
})

test('each request has its API and its fields for errors', () => {
  const kit = new Kit()
  const refused = { partition: 0, errorCode: ErrorCode.FencedStateEpoch }
  const topics = request([TOPIC_ID], [0]).topics
  const one = { groupId: GROUP, topics }
  const sent = [
    () => kit.persister.initializeState(one),
    () => kit.persister.readState(one),
    () => kit.persister.writeState(one),
    () => kit.persister.deleteState(one),
    () => kit.persister.readSummary(one),
  ].map((send) => {
    kit.errors.set(kit.coordinatorOf(0), [ErrorCode.FencedStateEpoch])
    const { results } = send() as { results: { partitions: { errorMessage: string }[] }[] }
    expect(results[0]!.partitions[0]).toMatchObject(refused)
    return `${kit.sent.at(-1)!.name} ${kit.sent.at(-1)!.version} ${results[0]!.partitions[0]!.errorMessage}`
  })
  const text = errorMessage(ErrorCode.FencedStateEpoch)
  expect(sent).toEqual([
    `InitializeShareGroupState 0 Error in initialize state RPC. ${text}`,
    `ReadShareGroupState 0 Error in read state RPC. ${text}`,
    `WriteShareGroupState 1 Error in write state RPC. ${text}`,
    `DeleteShareGroupState 0 Error in delete state RPC. ${text}`,
    `ReadShareGroupStateSummary 1 Error in read state summary RPC. ${text}`,
  ])
})

test('creates the topic of the coordinators', () => {
  const kit = new Kit()
  kit.deleteTopic()
  expect(kit.write(0)).toMatchObject({ results: [{ partitions: [{ errorCode: 0 }] }] })
  expect(kit.isTopicCreated).toBe(true)
})

test.each([
  ErrorCode.CoordinatorNotAvailable,
  ErrorCode.CoordinatorLoadInProgress,
  ErrorCode.NotCoordinator,
  ErrorCode.UnknownTopicOrPartition,
  'lost' as const,
])('retries after %s, at the broker that coordinates then', async (error) => {
  const kit = new Kit()
  kit.errors.set(kit.coordinatorOf(0), [error])
  const answer = kit.write(0) as Promise<unknown>
  kit.leaders = kit.leaders.toReversed()
  await kit.clock.advance(1999)
  expect(await isPending(answer)).toBe(true)
  await kit.clock.advance(1)
  expect(await answer).toMatchObject({ results: [{ partitions: [{ errorCode: 0 }] }] })
  expect(kit.sent.map(({ to }) => to).toSorted()).toEqual([1, 2])
})

test('gives up after five attempts, in intervals that double', async () => {
  const kit = new Kit()
  const error = ErrorCode.NotCoordinator
  kit.errors.set(kit.coordinatorOf(0), [error, error, error, error, error])
  const answer = kit.write(0)
  for (const delayMs of [2000, 4000, 8000, 16_000]) await kit.clock.advance(delayMs)
  expect(kit.sent).toHaveLength(5)
  expect(await answer).toEqual(
    failure(
      error,
      'Error in write state RPC. Exhausted max retries to complete write state RPC without success.',
    ),
  )
})

test('gives up when no coordinator is found', async () => {
  const kit = new Kit()
  kit.leaders = [-1, -1]
  const answer = kit.write(0)
  for (const delayMs of [2000, 4000, 8000, 16_000]) await kit.clock.advance(delayMs)
  expect(kit.sent).toEqual([])
  expect(await answer).toEqual(
    failure(
      ErrorCode.CoordinatorNotAvailable,
      'Error in find coordinator. Exhausted max retries to find coordinator without success.',
    ),
  )
})

test('failed lookups count together, also with requests between them', async () => {
  const kit = new Kit()
  const error = ErrorCode.NotCoordinator
  kit.errors.set(kit.coordinatorOf(0), [error])
  const { leaders } = kit
  kit.leaders = [-1, -1]
  const answer = kit.write(0) as Promise<unknown>
  await kit.clock.advance(2000)
  kit.leaders = leaders
  await kit.clock.advance(4000)
  expect(kit.sent).toHaveLength(1)
  kit.leaders = [-1, -1]
  for (const delayMs of [2000, 8000]) await kit.clock.advance(delayMs)
  expect(await isPending(answer)).toBe(true)
  await kit.clock.advance(16_000)
  expect(await isPending(answer)).toBe(false)
  expect(await answer).toMatchObject({
    results: [{ partitions: [{ errorCode: ErrorCode.CoordinatorNotAvailable }] }],
  })
})

test('other errors are not retried, and a partition without a result is an error', () => {
  const kit = new Kit()
  kit.message = 'Why.'
  kit.errors.set(kit.coordinatorOf(0), [ErrorCode.InvalidRequest, 'missing'])
  expect(kit.write(0)).toEqual(failure(ErrorCode.InvalidRequest, 'Error in write state RPC. Why.'))
  const key = `SharePartitionKey{groupId=group, topicIdPartition=${TOPIC_ID}:null-0}`
  expect(kit.write(0)).toEqual(
    failure(
      ErrorCode.UnknownServerError,
      `Error in write state RPC. Failed to write state for share partition: ${key}`,
    ),
  )
})

test('a broker that closes ends its retries', async () => {
  const kit = new Kit()
  kit.errors.set(kit.coordinatorOf(0), [ErrorCode.NotCoordinator])
  const answer = kit.write(0)
  kit.delays.close()
  expect(await answer).toMatchObject({
    results: [{ partitions: [{ errorCode: ErrorCode.NotCoordinator }] }],
  })
})
