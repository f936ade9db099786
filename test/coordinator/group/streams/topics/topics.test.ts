import { describe, expect, test } from 'vitest'
import { configureTopics } from '../../../../../src/coordinator/group/streams/topics/configured-topology.ts'
import { partitionsOfTasks } from '../../../../../src/coordinator/group/streams/topics/endpoint-partitions.ts'
import { summaryOf } from '../../../../../src/coordinator/group/streams/topics/topic-problem.ts'
import { invariant } from '../../../../../src/platform/invariant.ts'
import { ApiError } from '../../../../../src/protocol/api-error.ts'
import { recordedTopologies } from './recorded-topologies.ts'
import { configuredCase, existingTopics } from './topology-case.ts'

test("topologies are configured as by Kafka's InternalTopicManager", () => {
  for (const { input, expected } of recordedTopologies()) {
    expect(configuredCase(input)).toEqual(expected)
  }
})

test('the summary of many topics shows three names', () => {
  expect(summaryOf(['a', 'b', 'c'])).toBe('a, b, c')
  expect(summaryOf(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 additional topics')
})

describe('the partitions of the tasks of an endpoint', () => {
  const existing = existingTopics({ orders: 4, payments: 2, 'count-repartition': 4 })
  const repartition = {
    name: 'count-repartition',
    partitions: 4,
    replicationFactor: 0,
    topicConfigs: [],
  }
  const configured = configureTopics(
    {
      epoch: 1,
      subtopologies: [
        {
          subtopologyId: '0',
          sourceTopics: ['orders', 'payments'],
          sourceTopicRegex: [],
          stateChangelogTopics: [],
          repartitionSinkTopics: ['count-repartition'],
          repartitionSourceTopics: [],
          copartitionGroups: [],
        },
        {
          subtopologyId: '1',
          sourceTopics: [],
          sourceTopicRegex: [],
          stateChangelogTopics: [],
          repartitionSinkTopics: [],
          repartitionSourceTopics: [repartition],
          copartitionGroups: [],
        },
      ],
    },
    existing,
  )
  invariant(!(configured instanceof ApiError), 'the topology is valid')
  const subtopologies = configured.subtopologies!

  test('are those of all topics that the subtopology reads, as far as they exist', () => {
    const tasks = new Map([
      ['0', new Set([3, 1])],
      ['1', new Set([0])],
    ])
    expect(partitionsOfTasks(tasks, subtopologies, existing)).toEqual([
      { topic: 'payments', partitions: [1] },
      { topic: 'orders', partitions: [1, 3] },
      { topic: 'count-repartition', partitions: [0] },
    ])
  })

  test('omit topics that have no partition of the task', () => {
    const tasks = new Map([['0', new Map([[2, 7]])]])
    expect(partitionsOfTasks(tasks, subtopologies, existing)).toEqual([
      { topic: 'orders', partitions: [2] },
    ])
  })
})
