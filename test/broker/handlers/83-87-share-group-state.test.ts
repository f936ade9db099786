import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  DeleteShareGroupState,
  FindCoordinator,
  InitializeShareGroupState,
  ReadShareGroupState,
  ReadShareGroupStateSummary,
  WriteShareGroupState,
} from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { deleteTopic, leaders, topicId as idOf } from '../support.ts'

const SHARE = 2

async function startShareCluster(options: object = {}) {
  const cluster = await startTestCluster({
    topics: [{ name: 'orders', partitions: 2 }],
    ...options,
  })
  const topicId = await idOf(cluster, 'orders')
  const find = { keyType: SHARE, coordinatorKeys: [`group:${topicId}:0`] }
  const { coordinators } = await cluster.call(FindCoordinator, 6, { key: '', ...find })
  const caller = await cluster.connect(coordinators[0]!.nodeId)
  const requestFor = <P extends object>(fields: P) => ({
    groupId: 'group',
    topics: [{ topicId, partitions: [{ partition: 0, ...fields }] }],
  })
  const resultsOf = <P extends object>(fields: P) => ({
    results: [
      { topicId, partitions: [{ partition: 0, errorCode: 0, errorMessage: null, ...fields }] },
    ],
  })
  return { cluster, caller, topicId, requestFor, resultsOf }
}

test('the state of a share partition is created, written, read and deleted', async () => {
  const { cluster, caller, requestFor, resultsOf } = await startShareCluster()
  expect(await leaders(cluster, '__share_group_state')).toHaveLength(50)
  const initialized = requestFor({ stateEpoch: 1, startOffset: 0 })
  expect(await caller.call(InitializeShareGroupState, 0, initialized)).toEqual(resultsOf({}))
  const stateBatches = [{ firstOffset: 3, lastOffset: 5, deliveryState: 2, deliveryCount: 1 }]
  const written = { stateEpoch: 1, leaderEpoch: 0, startOffset: 2, stateBatches }
  expect(await caller.call(WriteShareGroupState, 0, requestFor(written))).toEqual(resultsOf({}))
  const read = { stateEpoch: 1, startOffset: 2, stateBatches }
  expect(await caller.call(ReadShareGroupState, 0, requestFor({ leaderEpoch: 0 }))).toEqual(
    resultsOf(read),
  )
  const counted = requestFor({ ...written, deliveryCompleteCount: 3 })
  expect(await caller.call(WriteShareGroupState, 1, counted)).toEqual(resultsOf({}))
  const summary = { stateEpoch: 1, leaderEpoch: 0, startOffset: 2 }
  const asked = requestFor({ leaderEpoch: 0 })
  expect(await caller.call(ReadShareGroupStateSummary, 0, asked)).toMatchObject(resultsOf(summary))
  expect(await caller.call(ReadShareGroupStateSummary, 1, asked)).toEqual(
    resultsOf({ ...summary, deliveryCompleteCount: 3 }),
  )
  expect(await caller.call(DeleteShareGroupState, 0, requestFor({}))).toEqual(resultsOf({}))
  expect(await caller.call(ReadShareGroupState, 0, asked)).toMatchObject({
    results: [{ partitions: [{ errorCode: ErrorCode.InvalidRequest }] }],
  })
})

test('the state of a deleted topic is deleted', async () => {
  const { cluster, caller, requestFor } = await startShareCluster()
  await caller.call(InitializeShareGroupState, 0, requestFor({ stateEpoch: 1, startOffset: 0 }))
  await deleteTopic(cluster, 'orders')
  const read = await caller.call(ReadShareGroupState, 0, requestFor({ leaderEpoch: 0 }))
  expect(read.results[0]!.partitions[0]!.errorMessage).toBe(
    'Read operation on uninitialized share partition not allowed.',
  )
})

test('only the coordinator of a share partition has its state', async () => {
  const { cluster, caller, requestFor } = await startShareCluster({ brokers: 3 })
  const initialized = requestFor({ stateEpoch: 1, startOffset: 0 })
  const answers = await Promise.all(
    [1, 2, 3].map(async (broker) => {
      const other = await cluster.connect(broker)
      return (await other.call(InitializeShareGroupState, 0, initialized)).results[0]!
        .partitions[0]!
    }),
  )
  expect(answers.map(({ errorCode }) => errorCode).toSorted((a, b) => a - b)).toEqual([
    ErrorCode.None,
    ErrorCode.NotCoordinator,
    ErrorCode.NotCoordinator,
  ])
  const { results } = await caller.call(ReadShareGroupState, 0, requestFor({ leaderEpoch: 0 }))
  expect(results[0]!.partitions[0]!.errorCode).toBe(ErrorCode.None)
})
