import { describe, expect, test } from 'vitest'
import { immediate } from '../memory-internal-topic.ts'
import { errorName, producerOf, TestCoordinator } from './support.ts'

const codeOf = (response: { readonly errorCode: number }) => errorName(response.errorCode)

describe('the transaction timeout', () => {
  test.each([
    [0, 'InvalidTransactionTimeout'],
    [-1, 'InvalidTransactionTimeout'],
    [900_001, 'InvalidTransactionTimeout'],
    [900_000, 'None'],
    [1, 'None'],
  ])('%i ms: %s', (transactionTimeoutMs, expected) => {
    const response = immediate(new TestCoordinator().init('a', { transactionTimeoutMs }))
    expect(codeOf(response)).toBe(expected)
  })
})

test('without a transactional id: INVALID_REQUEST, even with an invalid timeout', () => {
  const coordinator = new TestCoordinator()
  expect(codeOf(coordinator.init('', { transactionTimeoutMs: 0 }))).toBe('InvalidRequest')
})

test('NOT_COORDINATOR on a broker that does not lead the partition', () => {
  const coordinator = new TestCoordinator()
  for (let index = 0; index < 5; index++) coordinator.coordinator.onResigned(index)
  expect(codeOf(coordinator.init('a'))).toBe('NotCoordinator')
})

describe('a producer that sends its id and epoch (KIP-360)', () => {
  test('gets the next epoch, and the same one for a retry', () => {
    const coordinator = new TestCoordinator()
    const producer = producerOf(coordinator.init('a'))
    const next = { errorCode: 0, producerId: 1000, producerEpoch: 1 }
    expect(coordinator.init('a', producer)).toEqual(next)
    expect(coordinator.init('a', producer)).toEqual(next)
  })

  test('is fenced when another producer has started since', () => {
    const coordinator = new TestCoordinator()
    const producer = producerOf(coordinator.init('a'))
    coordinator.init('a')
    coordinator.init('a')
    expect(codeOf(coordinator.init('a', producer, 3))).toBe('InvalidProducerEpoch')
    expect(codeOf(coordinator.init('a', producer, 4))).toBe('ProducerFenced')
  })

  test('is fenced when its id is not that of the transactional id', () => {
    const coordinator = new TestCoordinator()
    coordinator.init('a')
    const other = { producerId: 5, producerEpoch: 0 }
    expect(codeOf(coordinator.init('a', other))).toBe('ProducerFenced')
  })

  test('may have any id if the transactional id is new', () => {
    const coordinator = new TestCoordinator()
    const response = coordinator.init('a', { producerId: 5, producerEpoch: 3 })
    expect(response).toEqual({ errorCode: 0, producerId: 1000, producerEpoch: 0 })
  })

  test('gets a new id after the last epoch, and the same one for a retry', () => {
    const coordinator = new TestCoordinator()
    const last = coordinator.exhaust('a')
    expect(coordinator.init('a', last)).toMatchObject({
      producerId: 1001,
      producerEpoch: 0,
    })
    expect(coordinator.init('a', last)).toMatchObject({
      producerId: 1001,
      producerEpoch: 0,
    })
  })

  test('an earlier epoch than the last is fenced, and no producer id is used for it', () => {
    const coordinator = new TestCoordinator()
    const last = coordinator.exhaust('a')
    coordinator.init('a', last)
    const zombie = { ...last, producerEpoch: 32_000 }
    expect(codeOf(coordinator.init('a', zombie))).toBe('ProducerFenced')
    expect(coordinator.nextProducerId).toBe(1002)
  })
})

describe('while a transaction is open', () => {
  test.each([
    { version: 2, epochs: 'CompleteAbort 1000/1' },
    { version: 1, epochs: 'CompleteAbort 1000/1' },
    { version: 0, epochs: 'CompleteAbort 1000/1' },
  ])(
    'it is aborted with a new epoch, and the producer asks again; transaction.version $version',
    ({ version, epochs }) => {
      const coordinator = new TestCoordinator({ transactionVersion: version })
      const zombie = coordinator.begin('a')
      expect(codeOf(coordinator.init('a'))).toBe('ConcurrentTransactions')
      expect(coordinator.markers.sent).toMatchObject([{ producerEpoch: 1, isCommitted: false }])
      expect(coordinator.stateOf('a')).toBe(epochs)
      expect(coordinator.init('a')).toMatchObject({ errorCode: 0, producerEpoch: 2 })
      expect(codeOf(coordinator.end('a', zombie, true))).toBe('ProducerFenced')
    },
  )

  test('CONCURRENT_TRANSACTIONS until it is aborted', () => {
    const coordinator = new TestCoordinator()
    coordinator.begin('a')
    coordinator.markers.isImmediate = false
    expect(codeOf(coordinator.init('a'))).toBe('ConcurrentTransactions')
    expect(codeOf(coordinator.init('a'))).toBe('ConcurrentTransactions')
    coordinator.markers.write()
    expect(codeOf(coordinator.init('a'))).toBe('None')
  })

  test('a producer of another id is fenced, and the transaction stays open', () => {
    const coordinator = new TestCoordinator()
    coordinator.begin('a')
    const other = { producerId: 5, producerEpoch: 0 }
    expect(codeOf(coordinator.init('a', other))).toBe('ProducerFenced')
    expect(coordinator.stateOf('a')).toBe('Ongoing 1000/0')
  })

  test('with the last epoch, the abort changes the producer id; in transactions v1 the next call does', () => {
    const ids = [2, 1].map((transactionVersion) => {
      const coordinator = new TestCoordinator({ transactionVersion })
      coordinator.add('a', coordinator.exhaust('a'), ['t-0'])
      coordinator.init('a')
      const aborted = coordinator.stateOf('a')
      return [aborted, coordinator.init('a')]
    })
    expect(ids).toMatchObject([
      ['CompleteAbort 1001/0', { producerId: 1001, producerEpoch: 1 }],
      ['CompleteAbort 1000/32767', { producerId: 1001, producerEpoch: 0 }],
    ])
  })
})

describe('two-phase commit (KIP-939)', () => {
  const twoPhase = { enable2Pc: true, transactionTimeoutMs: 0 }

  test('TRANSACTIONAL_ID_AUTHORIZATION_FAILED if it is not enabled', () => {
    const response = immediate(new TestCoordinator().init('a', twoPhase, 6))
    expect(codeOf(response)).toBe('TransactionalIdAuthorizationFailed')
  })

  test('such a transaction has no timeout', async () => {
    const coordinator = new TestCoordinator({ isTwoPhaseCommitEnabled: true })
    coordinator.begin('a', ['t-0'], twoPhase)
    expect(coordinator.metadataOf('a').timeoutMs).toBe(2 ** 31 - 1)
    await coordinator.clock.advance(2 ** 31)
    expect(coordinator.stateOf('a')).toBe('Ongoing 1000/0')
  })

  test('keepPreparedTxn: UNSUPPORTED_VERSION, as in Kafka 4.4', () => {
    const coordinator = new TestCoordinator({ isTwoPhaseCommitEnabled: true })
    const prepared = { ...twoPhase, keepPreparedTxn: true }
    expect(codeOf(coordinator.init('a', prepared, 6))).toBe('UnsupportedVersion')
  })
})

test('a producer id that is allocated later: the response waits, and the state is read again', async () => {
  const coordinator = new TestCoordinator()
  const delayed = coordinator.delayProducerIds()
  const first = coordinator.startInit('a')
  const second = coordinator.startInit('a')
  delayed()
  expect(await Promise.all([first, second])).toMatchObject([
    { errorCode: 0, producerId: 1000, producerEpoch: 0 },
    { errorCode: 0, producerId: 1000, producerEpoch: 1 },
  ])
})
