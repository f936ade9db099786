import { describe, expect, test } from 'vitest'
import { ErrorCode, errorMessage } from '../../../src/protocol/error-code.ts'
import { immediate } from '../memory-internal-topic.ts'
import {
  batch,
  GROUP,
  MISSING_TOPIC_ID,
  OTHER_TOPIC_ID,
  TestShareCoordinator,
  TOPIC_ID,
} from './support.ts'

const accepted = { errorCode: ErrorCode.None, errorMessage: null }

function standard(errorCode: ErrorCode) {
  return { errorCode, errorMessage: errorMessage(errorCode) }
}

function invalid(message: string) {
  return { errorCode: ErrorCode.InvalidRequest, errorMessage: message }
}

describe('InitializeShareGroupState', () => {
  test('creates the state with a snapshot', () => {
    const shares = new TestShareCoordinator()
    expect(shares.initialize({ stateEpoch: 3, startOffset: 7 })).toEqual(accepted)
    const nowMs = shares.clock.now()
    const state = {
      snapshotEpoch: 0,
      stateEpoch: 3,
      leaderEpoch: 0,
      startOffset: 7,
      deliveryCompleteCount: 0,
      stateBatches: [],
      createTimestamp: nowMs,
      writeTimestamp: nowMs,
    }
    const key = { groupId: GROUP, topicId: TOPIC_ID, partition: 0 }
    expect(shares.records()).toEqual([{ kind: 'snapshot', key, state }])
  })

  test('resets the state, and fences requests of the older state epoch', () => {
    const shares = new TestShareCoordinator()
    shares.initialize({ stateEpoch: 1 })
    shares.write({ startOffset: 4, stateBatches: [batch(5, 6, 2, 1)] })
    expect(shares.initialize({ stateEpoch: 2, startOffset: -1 })).toEqual(accepted)
    expect(shares.records().at(-1)).toMatchObject({ state: { snapshotEpoch: 1, stateEpoch: 2 } })
    expect(shares.initialize({ stateEpoch: 1 })).toEqual(standard(ErrorCode.FencedStateEpoch))
    expect(shares.write({ stateEpoch: 1 })).toEqual(standard(ErrorCode.FencedStateEpoch))
    const unknown = { stateEpoch: 2, startOffset: -1, deliveryCompleteCount: -1 }
    expect(shares.summary()).toMatchObject(unknown)
    expect(shares.read()).toEqual({ ...accepted, stateEpoch: 2, startOffset: -1, stateBatches: [] })
  })

  test('refuses negative numbers and unknown partitions', () => {
    const shares = new TestShareCoordinator()
    expect(shares.initialize({}, -1)).toEqual(
      invalid('The partition id cannot be a negative number.'),
    )
    expect(shares.initialize({ stateEpoch: -1 })).toEqual(
      invalid('The state epoch cannot be a negative number.'),
    )
    const unknown = standard(ErrorCode.UnknownTopicOrPartition)
    expect(shares.initialize({}, 3)).toEqual(unknown)
    expect(shares.initialize({}, 0, MISSING_TOPIC_ID)).toEqual(unknown)
    expect(shares.records()).toEqual([])
  })

  test('ignores a topic without partitions, which other requests refuse', () => {
    const { coordinator } = new TestShareCoordinator()
    const topics = [
      { topicId: OTHER_TOPIC_ID, partitions: [] },
      { topicId: TOPIC_ID, partitions: [{ partition: 1, stateEpoch: 0, startOffset: 0 }] },
    ]
    const { results } = immediate(coordinator.initializeState({ groupId: GROUP, topics }))
    expect(results).toEqual([{ topicId: TOPIC_ID, partitions: [{ partition: 1, ...accepted }] }])
    const empty = [{ topicId: TOPIC_ID, partitions: [] }]
    expect(coordinator.deleteState({ groupId: GROUP, topics: empty })).toEqual({ results: [] })
    expect(coordinator.initializeState({ groupId: '', topics })).toEqual({ results: [] })
    expect(coordinator.readState({ groupId: GROUP, topics: [] })).toEqual({ results: [] })
  })
})

describe('WriteShareGroupState', () => {
  test('writes updates, and a snapshot after many of them', () => {
    const shares = new TestShareCoordinator({ updatesPerSnapshot: 2 })
    shares.initialize()
    shares.write({ stateBatches: [batch(0, 9, 0, 1)] })
    shares.write({ stateBatches: [batch(0, 4, 2, 1)], deliveryCompleteCount: 5 })
    shares.write({ startOffset: 3, deliveryCompleteCount: 2, stateBatches: [batch(7, 7, 2, 2)] })
    const records = shares.records()
    expect(records.map(({ kind }) => kind)).toEqual(['snapshot', 'update', 'update', 'snapshot'])
    expect(records.at(-1)).toMatchObject({
      state: {
        snapshotEpoch: 1,
        startOffset: 3,
        deliveryCompleteCount: 2,
        stateBatches: [batch(3, 4, 2, 1), batch(5, 6, 0, 1), batch(7, 7, 2, 2), batch(8, 9, 0, 1)],
      },
    })
    shares.write({ startOffset: 3 })
    expect(shares.records().at(-1)).toMatchObject({ kind: 'update', update: { snapshotEpoch: 1 } })
  })

  test('a late request moves neither the start offset nor the count back', () => {
    const shares = new TestShareCoordinator()
    shares.initialize()
    shares.write({ startOffset: 10, deliveryCompleteCount: 3 })
    shares.write({ startOffset: 5, deliveryCompleteCount: 9 })
    expect(shares.summary()).toMatchObject({ startOffset: 10, deliveryCompleteCount: 3 })
    shares.write({ startOffset: 10, deliveryCompleteCount: 1 })
    expect(shares.summary()).toMatchObject({ startOffset: 10, deliveryCompleteCount: 3 })
  })

  test('refuses an uninitialized share partition, negative numbers and old leaders', () => {
    const shares = new TestShareCoordinator()
    expect(shares.write()).toEqual(
      invalid('Write operation on uninitialized share partition not allowed.'),
    )
    shares.initialize()
    expect(shares.write({ leaderEpoch: -1 })).toEqual(
      invalid('The leader epoch cannot be a negative number.'),
    )
    expect(shares.write({ stateEpoch: -1 })).toEqual(
      invalid('The state epoch cannot be a negative number.'),
    )
    shares.read(5)
    expect(shares.write({ leaderEpoch: 4 })).toEqual(standard(ErrorCode.FencedLeaderEpoch))
    expect(shares.write({ leaderEpoch: 5, stateEpoch: 0 })).toEqual(
      standard(ErrorCode.FencedStateEpoch),
    )
    expect(shares.write({ leaderEpoch: 5 })).toEqual(accepted)
  })
})

describe('ReadShareGroupState', () => {
  test('stores the epoch of a new leader, without changing the state', () => {
    const shares = new TestShareCoordinator()
    shares.initialize({ startOffset: 2 })
    shares.write({ startOffset: 2, deliveryCompleteCount: 1, stateBatches: [batch(4, 4, 2, 1)] })
    const state = { stateEpoch: 1, startOffset: 2, stateBatches: [batch(4, 4, 2, 1)] }
    expect(shares.read(7)).toEqual({ ...accepted, ...state })
    expect(shares.records().at(-1)).toMatchObject({
      kind: 'update',
      update: { leaderEpoch: 7, startOffset: 2, deliveryCompleteCount: 1, stateBatches: [] },
    })
    const count = shares.records().length
    expect(shares.read(7)).toEqual({ ...accepted, ...state })
    expect(shares.records()).toHaveLength(count)
    expect(shares.read(6)).toMatchObject(standard(ErrorCode.FencedLeaderEpoch))
  })

  test('refuses an uninitialized share partition', () => {
    const shares = new TestShareCoordinator()
    expect(shares.read()).toEqual({
      ...invalid('Read operation on uninitialized share partition not allowed.'),
      stateEpoch: 0,
      startOffset: 0,
      stateBatches: [],
    })
    expect(shares.read(-1).errorMessage).toBe('The leader epoch cannot be a negative number.')
  })
})

test('ReadShareGroupStateSummary of an uninitialized share partition', () => {
  const shares = new TestShareCoordinator()
  expect(shares.summary()).toEqual({
    ...accepted,
    stateEpoch: 0,
    leaderEpoch: 0,
    startOffset: -1,
    deliveryCompleteCount: -1,
  })
  expect(shares.summary(-1).errorMessage).toBe('The partition id cannot be a negative number.')
  expect(shares.summary(3)).toMatchObject(standard(ErrorCode.UnknownTopicOrPartition))
})

test('DeleteShareGroupState writes a tombstone only for an initialized share partition', () => {
  const shares = new TestShareCoordinator()
  expect(shares.delete()).toEqual(accepted)
  expect(shares.records()).toEqual([])
  shares.initialize({ stateEpoch: 4 })
  expect(shares.delete()).toEqual(accepted)
  expect(shares.records().at(-1)).toMatchObject({ kind: 'snapshot', state: null })
  expect(shares.summary()).toMatchObject({ startOffset: -1 })
  expect(shares.initialize({ stateEpoch: 0 })).toEqual(accepted)
  expect(shares.delete(3)).toEqual(standard(ErrorCode.UnknownTopicOrPartition))
})

test('the state of deleted topics is deleted', () => {
  const shares = new TestShareCoordinator()
  for (const partition of [0, 1, 2]) shares.initialize({}, partition)
  shares.initialize({}, 0, OTHER_TOPIC_ID)
  const deletedTopics = new Map([['t', { name: 't', id: TOPIC_ID, partitions: [] }]])
  shares.coordinator.onMetadataChanged({ deletedTopics, features: undefined })
  expect([0, 1, 2].map((partition) => shares.summary(partition).startOffset)).toEqual([-1, -1, -1])
  expect(shares.summary(0, OTHER_TOPIC_ID).startOffset).toBe(0)
})

test('a coordinator that loads the topic has the same state', () => {
  const shares = new TestShareCoordinator({ updatesPerSnapshot: 2 })
  for (const partition of [0, 1, 2]) shares.initialize({ stateEpoch: partition }, partition)
  for (let offset = 1; offset < 6; offset++) {
    const stateBatches = [batch(offset + 3, offset + 3, 2, 1)]
    shares.write({ startOffset: offset, stateBatches, stateEpoch: 2 }, 1)
  }
  shares.read(9, 2)
  shares.delete(0)
  const loaded = shares.reload()
  for (const partition of [0, 1, 2]) {
    expect(loaded.summary(partition)).toEqual(shares.summary(partition))
    expect(loaded.read(9, partition)).toEqual(shares.read(9, partition))
  }
  expect(loaded.loadFailures).toEqual([])
})

test('NOT_COORDINATOR with a text, for the share partitions of another broker', () => {
  const shares = new TestShareCoordinator()
  shares.initialize()
  for (let index = 0; index < 5; index++) shares.coordinator.onResigned(index)
  const text = errorMessage(ErrorCode.NotCoordinator)
  const { errorCode } = shares.initialize()
  expect(errorCode).toBe(ErrorCode.NotCoordinator)
  expect(shares.initialize().errorMessage).toBe(`Unable to initialize share group state: ${text}`)
  expect(shares.summary().errorMessage).toBe(`Unable to read share group state summary: ${text}`)
  expect(shares.write().errorMessage).toBe(`Unable to write share group state: ${text}`)
})

test('a failed append changes nothing, and a response waits until its record is committed', async () => {
  const shares = new TestShareCoordinator()
  shares.initialize()
  shares.topic.appendError = ErrorCode.NotEnoughReplicas
  expect(shares.write({ startOffset: 5 }).errorCode).toBe(ErrorCode.CoordinatorNotAvailable)
  shares.topic.appendError = ErrorCode.None
  expect(shares.summary().startOffset).toBe(0)
  for (let index = 0; index < 5; index++) shares.topic.partition(index).hold()
  const answer = shares.startWrite({ startOffset: 6 })
  expect(answer).toBeInstanceOf(Promise)
  for (let index = 0; index < 5; index++) shares.topic.partition(index).commit()
  expect((await answer).results[0]!.partitions[0]!.errorCode).toBe(ErrorCode.None)
  expect(shares.summary().startOffset).toBe(6)
})

test('the results are in the order of the hash maps of Kafka', () => {
  const { coordinator } = new TestShareCoordinator()
  const partitions = [2, 0, 1].map((partition) => ({ partition }))
  const topics = [OTHER_TOPIC_ID, TOPIC_ID].map((topicId) => ({ topicId, partitions }))
  const { results } = immediate(coordinator.deleteState({ groupId: GROUP, topics }))
  expect(results.map(({ topicId }) => topicId)).toEqual([TOPIC_ID, OTHER_TOPIC_ID])
  expect(results[0]!.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2])
})
