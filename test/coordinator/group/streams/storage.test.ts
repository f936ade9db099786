import { expect, test } from 'vitest'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { immediate } from '../../memory-internal-topic.ts'
import { APP, SESSION_MS, StreamsHarness, topology, topologyOf } from './support.ts'

test('another broker reads the same group', () => {
  const harness = new StreamsHarness()
  const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
  a.join({
    rackId: 'r1',
    userEndpoint: { host: 'localhost', port: 65_535 },
    clientTags: [{ key: 'zone', value: 'z' }],
  })
  b.join()
  a.heartbeat()
  const described = harness.describeStreams()
  harness.restart()
  expect(harness.describeStreams()).toEqual(described)
  harness.settle([a, b])
  expect(harness.state).toEqual(['Stable', 3, 3])
  expect(harness.activeTasks()).toEqual(['0_0', '0_1'])
})

test('after a restart sessions and rebalance timeouts start again', async () => {
  const harness = new StreamsHarness()
  const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
  a.join({ rebalanceTimeoutMs: 10_000 })
  b.join()
  a.heartbeat()
  harness.restart()
  await harness.clock.advance(10_000)
  expect(a.described).toBeUndefined()
  await harness.clock.advance(SESSION_MS - 10_000)
  expect(harness.state[0]).toBe('Empty')
})

test('a failed append changes nothing, and the member may try again', () => {
  const harness = new StreamsHarness()
  const a = harness.streamsMember('a')
  harness.log.appendError = ErrorCode.NotEnoughReplicas
  expect(a.join().errorCode).toBe(ErrorCode.CoordinatorNotAvailable)
  expect(harness.describeStreams().errorCode).toBe(ErrorCode.GroupIdNotFound)
  harness.log.appendError = ErrorCode.None
  expect(a.join()).toMatchObject({ memberEpoch: 2, activeTasks: [{ partitions: [0, 1] }] })
})

test('a session that could not be ended is ended later', async () => {
  const harness = new StreamsHarness()
  harness.streamsMember('a').join()
  harness.log.appendError = ErrorCode.NotEnoughReplicas
  await harness.clock.advance(SESSION_MS)
  expect(harness.state[0]).toBe('Stable')
  harness.log.appendError = ErrorCode.None
  await harness.clock.advance(500)
  expect(harness.state[0]).toBe('Empty')
})

test('a deleted group leaves tombstones of all of its records', () => {
  const harness = new StreamsHarness()
  const a = harness.streamsMember('a')
  a.join()
  const deleteGroups = () =>
    immediate(harness.coordinator.admin.deleteGroups({ groupsNames: [APP] })).results[0]!.errorCode
  expect(deleteGroups()).toBe(ErrorCode.NonEmptyGroup)
  a.leave()
  const written = harness.recordKinds().length
  expect(deleteGroups()).toBe(ErrorCode.None)
  expect(harness.recordKinds().slice(written)).toEqual([
    '-streamsGroupTargetAssignmentMetadata',
    '-streamsGroupMetadata',
    '-streamsGroupTopology',
  ])
  expect(harness.describeStreams()).toMatchObject({
    errorCode: ErrorCode.GroupIdNotFound,
    errorMessage: 'Group word-count not found.',
  })
  harness.restart()
  expect(harness.describeStreams().errorCode).toBe(ErrorCode.GroupIdNotFound)
})

test('the topology is described as the members sent it, until its topics exist', () => {
  const harness = new StreamsHarness()
  const a = harness.streamsMember('a')
  const topic = { partitions: 0, replicationFactor: 0, topicConfigs: [] }
  const subtopology = {
    sourceTopics: ['later', 'in'],
    repartitionSinkTopics: ['sink-b', 'sink-a'],
    stateChangelogTopics: [{ ...topic, name: 'store-changelog' }],
  }
  a.join({ topology: topologyOf(subtopology) })
  expect(harness.describeStreams()).toMatchObject({
    groupState: 'NotReady',
    assignorName: 'sticky',
    topology: {
      epoch: 0,
      subtopologies: [
        {
          subtopologyId: '0',
          sourceTopics: ['in', 'later'],
          repartitionSinkTopics: ['sink-a', 'sink-b'],
          stateChangelogTopics: [{ ...topic, name: 'store-changelog' }],
          repartitionSourceTopics: [],
        },
      ],
    },
  })
})

test('members are described with their assignment and their target', () => {
  const harness = new StreamsHarness()
  const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
  a.join()
  b.join()
  const tasks = (...partitions: number[]) => ({
    activeTasks: [{ subtopologyId: '0', partitions }],
    standbyTasks: [],
    warmupTasks: [],
  })
  expect(a.described).toMatchObject({
    memberEpoch: 2,
    clientId: 'a',
    clientHost: '/127.0.0.1',
    topologyEpoch: topology.epoch,
    processId: 'process-a',
    assignment: tasks(0, 1),
    targetAssignment: tasks(0),
    isClassic: false,
  })
})

test('groups are listed with type and state', () => {
  const harness = new StreamsHarness()
  harness.streamsMember('a').join({ topology: topologyOf({ sourceTopics: ['later'] }) })
  const list = (statesFilter: string[], typesFilter: string[] = []) =>
    immediate(harness.coordinator.admin.listGroups({ statesFilter, typesFilter })).groups
  const listed = {
    groupId: APP,
    protocolType: 'streams',
    groupState: 'NotReady',
    groupType: 'streams',
  }
  expect(list([], ['streams'])).toEqual([listed])
  expect(list(['not_ready'])).toEqual([listed])
  expect(list(['NotReady'])).toEqual([])
  expect(list(['stable'])).toEqual([])
})
