import { describe, expect, test } from 'vitest'
import { immediate } from '../memory-internal-topic.ts'
import { errorName, TestCoordinator } from './support.ts'

describe('DescribeTransactions', () => {
  test('returns the state, the start and the partitions that still need a marker', () => {
    const coordinator = new TestCoordinator({ areMarkersHeld: true })
    const startMs = coordinator.clock.now()
    const producer = coordinator.begin('a', ['t-0', 't-1', 'u-2'])
    const described = () =>
      immediate(coordinator.coordinator.describeTransactions({ transactionalIds: ['a'] }))
        .transactionStates[0]!
    expect(described()).toMatchObject({
      errorCode: 0,
      transactionState: 'Ongoing',
      transactionTimeoutMs: 60_000,
      transactionStartTimeMs: startMs,
      producerId: 1000,
      producerEpoch: 0,
    })
    expect(
      described()
        .topics.map(({ topic }) => topic)
        .toSorted(),
    ).toEqual(['t', 'u'])
    coordinator.end('a', producer, true)
    coordinator.markers.write(2)
    expect(described()).toMatchObject({ transactionState: 'PrepareCommit', producerEpoch: 1 })
    expect(described().topics).toHaveLength(1)
    coordinator.markers.write()
    expect(described()).toMatchObject({ transactionState: 'CompleteCommit', topics: [] })
  })

  test('each id has its own error', () => {
    const coordinator = new TestCoordinator()
    coordinator.init('a')
    coordinator.coordinator.onResigned(coordinator.coordinator.partitionFor('elsewhere'))
    const transactionalIds = ['a', 'b', '', 'elsewhere']
    const { transactionStates } = immediate(
      coordinator.coordinator.describeTransactions({ transactionalIds }),
    )
    expect(transactionStates.map(({ errorCode }) => errorName(errorCode))).toEqual([
      'None',
      'TransactionalIdNotFound',
      'InvalidRequest',
      'NotCoordinator',
    ])
  })
})

describe('ListTransactions', () => {
  const list = (coordinator: TestCoordinator, filter: object = {}) =>
    immediate(
      coordinator.coordinator.listTransactions({
        stateFilters: [],
        producerIdFilters: [],
        durationFilter: -1,
        transactionalIdPattern: null,
        ...filter,
      }),
    )
  const ids = (coordinator: TestCoordinator, filter: object) =>
    list(coordinator, filter)
      .transactionStates.map(({ transactionalId }) => transactionalId)
      .toSorted()

  /** One id with an open transaction, one that has ended, one without any. */
  async function someTransactions(): Promise<TestCoordinator> {
    const coordinator = new TestCoordinator()
    coordinator.begin('open')
    coordinator.end('ended', coordinator.begin('ended'), true)
    coordinator.init('idle')
    await coordinator.clock.advance(5000)
    return coordinator
  }

  test('without a filter: all ids of all partitions', async () => {
    const { transactionStates } = list(await someTransactions())
    expect(transactionStates).toHaveLength(3)
    expect(transactionStates).toContainEqual({
      transactionalId: 'open',
      producerId: 1000,
      transactionState: 'Ongoing',
    })
  })

  test.each([
    [{ stateFilters: ['Ongoing', 'Empty'] }, ['idle', 'open']],
    [{ producerIdFilters: [1001] }, ['ended']],
    [{ stateFilters: ['Ongoing'], producerIdFilters: [1001] }, []],
    [{ durationFilter: 4999 }, ['ended', 'idle', 'open']],
    // An id without a transaction counts as if it had begun in 1970, as in Kafka.
    [{ durationFilter: 5000 }, ['idle']],
    [{ transactionalIdPattern: 'e' }, []],
    [{ transactionalIdPattern: '.*e.*' }, ['ended', 'idle', 'open']],
    [{ transactionalIdPattern: 'OPEN|i.*' }, ['idle']],
    [{ transactionalIdPattern: '(?i)OPEN' }, ['open']],
    [{ transactionalIdPattern: '' }, ['ended', 'idle', 'open']],
  ])('%o', async (filter, expected) => {
    expect(ids(await someTransactions(), filter)).toEqual(expected)
  })

  test('unknown states are returned, each once, and match nothing', async () => {
    const coordinator = await someTransactions()
    const stateFilters = ['Bogus', 'ongoing', 'Bogus', 'Dead']
    expect(list(coordinator, { stateFilters })).toEqual({
      errorCode: 0,
      unknownStateFilters: ['Bogus', 'ongoing'],
      transactionStates: [],
    })
  })

  test.each(['(', '*', '(?=a)', '\\1', 'a**'])(
    'the pattern %s: INVALID_REGULAR_EXPRESSION, and nothing else',
    async (transactionalIdPattern) => {
      const coordinator = await someTransactions()
      const filter = { transactionalIdPattern, stateFilters: ['Bogus'] }
      const { errorCode, ...response } = list(coordinator, filter)
      expect(errorName(errorCode)).toBe('InvalidRegularExpression')
      expect(response).toEqual({ unknownStateFilters: [], transactionStates: [] })
    },
  )
})
