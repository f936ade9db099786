import { describe, expect, test } from 'vitest'
import { errorName, producerOf, TestCoordinator } from './support.ts'
import type { Producer } from './support.ts'

type State = 'Empty' | 'Ongoing' | 'CompleteCommit' | 'CompleteAbort'

/** Brings a transactional id into a state, and returns its current producer. */
function producerIn(state: State, coordinator: TestCoordinator, version: number): Producer {
  const producer = producerOf(coordinator.init('a'))
  if (state === 'Empty') return producer
  coordinator.add('a', producer, ['t-0'])
  if (state === 'Ongoing') return producer
  const ended = coordinator.end('a', producer, state === 'CompleteCommit', version)
  return version >= 5 ? producerOf(ended) : producer
}

function endIn(state: State, epochDelta: number, committed: boolean, version: number): string {
  const coordinator = new TestCoordinator()
  const { producerId, producerEpoch } = producerIn(state, coordinator, version)
  const producer = { producerId, producerEpoch: producerEpoch + epochDelta }
  const ended = coordinator.end('a', producer, committed, version)
  return `${errorName(ended.errorCode)} ${coordinator.stateOf('a')?.split('/')[1]}`
}

// The table in Kafka's TransactionCoordinator: the error, and the epoch afterwards.
describe('EndTxn v5, with the epoch before the last bump (a retry) and with the current one', () => {
  test.each<[State, boolean, string, string]>([
    ['Empty', false, 'ProducerFenced 0', 'None 1'],
    ['Empty', true, 'ProducerFenced 0', 'InvalidTxnState 0'],
    ['CompleteAbort', false, 'None 1', 'None 2'],
    ['CompleteAbort', true, 'InvalidTxnState 1', 'InvalidTxnState 1'],
    ['CompleteCommit', false, 'InvalidTxnState 1', 'None 2'],
    ['CompleteCommit', true, 'None 1', 'InvalidTxnState 1'],
    ['Ongoing', false, 'ProducerFenced 0', 'None 1'],
    ['Ongoing', true, 'ProducerFenced 0', 'None 1'],
  ])('%s, commit: %s', (state, committed, retry, current) => {
    expect([endIn(state, -1, committed, 5), endIn(state, 0, committed, 5)]).toEqual([
      retry,
      current,
    ])
  })
})

describe('EndTxn v4: the epoch stays the same', () => {
  test.each<[State, boolean, string]>([
    ['Empty', false, 'InvalidTxnState 0'],
    ['Empty', true, 'InvalidTxnState 0'],
    ['CompleteAbort', false, 'None 0'],
    ['CompleteAbort', true, 'InvalidTxnState 0'],
    ['CompleteCommit', false, 'InvalidTxnState 0'],
    ['CompleteCommit', true, 'None 0'],
    ['Ongoing', false, 'None 0'],
    ['Ongoing', true, 'None 0'],
  ])('%s, commit: %s', (state, committed, expected) => {
    expect(endIn(state, 0, committed, 4)).toBe(expected)
  })

  test.each([
    [1, 'InvalidProducerEpoch'],
    [2, 'ProducerFenced'],
    [4, 'ProducerFenced'],
  ])('another epoch in version %i: %s', (version, error) => {
    for (const delta of [-1, 1]) {
      expect(endIn('Ongoing', delta, true, version)).toBe(`${error} 0`)
    }
  })
})

test.each([3, 5])(
  'EndTxn v%i of an unknown id, of another producer id, and without an id',
  (version) => {
    const coordinator = new TestCoordinator()
    const producer = coordinator.begin('a')
    const other = { ...producer, producerId: producer.producerId + 1 }
    const codes = [
      coordinator.end('unknown', producer, true, version),
      coordinator.end('a', other, true, version),
      coordinator.end('', producer, true, version),
    ].map((ended) => errorName(ended.errorCode))
    expect(codes).toEqual([
      'InvalidProducerIdMapping',
      'InvalidProducerIdMapping',
      'InvalidRequest',
    ])
  },
)

test('EndTxn v4 and v5 while the markers are written: which error comes first', () => {
  const coordinator = new TestCoordinator()
  const producer = coordinator.begin('a')
  coordinator.markers.isImmediate = false
  const next = producerOf(coordinator.end('a', producer, true))
  const other = { ...producer, producerId: producer.producerId + 1 }
  const codes = (version: number) =>
    [other, producer, next].map((each) =>
      errorName(coordinator.end('a', each, true, version).errorCode),
    )
  expect(codes(4)).toEqual(['InvalidProducerIdMapping', 'ProducerFenced', 'ConcurrentTransactions'])
  const concurrent = 'ConcurrentTransactions'
  expect(codes(5)).toEqual([concurrent, concurrent, concurrent])
})

describe('the last epoch of a producer id', () => {
  test('EndTxn v5 returns a new producer id with epoch 0, and accepts a retry', () => {
    const coordinator = new TestCoordinator()
    const last = coordinator.exhaust('a')
    coordinator.add('a', last, ['t-0'])
    const response = coordinator.end('a', last, true)
    expect(response).toEqual({ errorCode: 0, producerId: 1001, producerEpoch: 0 })
    expect(coordinator.markers.sent.at(-1)).toMatchObject({
      producerId: 1000,
      producerEpoch: 32_767,
    })
    expect(coordinator.stateOf('a')).toBe('CompleteCommit 1001/0')
    expect(coordinator.end('a', last, true)).toEqual(response)
    expect(errorName(coordinator.end('a', last, false).errorCode)).toBe('InvalidTxnState')
  })

  test('EndTxn v4 keeps it; the next InitProducerId gets a new producer id', () => {
    const coordinator = new TestCoordinator()
    const last = coordinator.exhaust('a')
    coordinator.add('a', last, ['t-0'])
    coordinator.end('a', last, true, 4)
    expect(coordinator.stateOf('a')).toBe('CompleteCommit 1000/32766')
    expect(coordinator.init('a')).toMatchObject({ producerId: 1001, producerEpoch: 0 })
  })

  test('no producer id can be allocated: COORDINATOR_LOAD_IN_PROGRESS, and the transaction stays', () => {
    const coordinator = new TestCoordinator()
    const last = coordinator.exhaust('a')
    coordinator.add('a', last, ['t-0'])
    coordinator.hasProducerIds = false
    expect(errorName(coordinator.end('a', last, true).errorCode)).toBe('CoordinatorLoadInProgress')
    expect(coordinator.stateOf('a')).toBe('Ongoing 1000/32766')
  })
})
