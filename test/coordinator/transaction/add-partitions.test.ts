import { describe, expect, test } from 'vitest'
import { immediate } from '../memory-internal-topic.ts'
import { errorName, producerOf, TestCoordinator } from './support.ts'

describe('AddPartitionsToTxn', () => {
  test.each([
    ['an unknown id', { id: 'b' }, 'InvalidProducerIdMapping'],
    ['no id', { id: '' }, 'InvalidRequest'],
    ['another producer id', { idDelta: 1 }, 'InvalidProducerIdMapping'],
    ['another epoch', { epochDelta: 1 }, 'ProducerFenced'],
  ])('%s: %s', (_, { id = 'a', idDelta = 0, epochDelta = 0 }: Change, error) => {
    const coordinator = new TestCoordinator()
    const { producerId, producerEpoch } = producerOf(coordinator.init('a'))
    const producer = {
      producerId: producerId + idDelta,
      producerEpoch: producerEpoch + epochDelta,
    }
    for (const version of [2, 3, 4, 5]) {
      expect(coordinator.add(id, producer, ['t-0'], version)).toEqual([`t-0 ${error}`])
    }
    const old = error === 'ProducerFenced' ? 'InvalidProducerEpoch' : error
    expect(coordinator.add(id, producer, ['t-0'], 1)).toEqual([`t-0 ${old}`])
  })

  test('a missing partition: no other one is added', () => {
    const coordinator = new TestCoordinator()
    const producer = producerOf(coordinator.init('a'))
    for (const version of [3, 5]) {
      expect(coordinator.add('a', producer, ['t-0', 'missing-1'], version).toSorted()).toEqual([
        'missing-1 UnknownTopicOrPartition',
        't-0 OperationNotAttempted',
      ])
    }
    expect(coordinator.stateOf('a')).toBe('Empty 1000/0')
  })

  test('clients cannot add internal topics, brokers can', () => {
    const coordinator = new TestCoordinator()
    const producer = producerOf(coordinator.init('a'))
    const offsets = '__consumer_offsets-0'
    expect(coordinator.add('a', producer, [offsets, 't-0'], 3).toSorted()).toEqual([
      `${offsets} TopicAuthorizationFailed`,
      't-0 OperationNotAttempted',
    ])
    expect(coordinator.add('a', producer, [offsets], 4)).toEqual([`${offsets} None`])
  })

  test('partitions that are already part of the transaction need no record', () => {
    const coordinator = new TestCoordinator()
    const producer = coordinator.begin('a', ['t-0', 't-1'])
    const { appends } = coordinator.topic
    expect(coordinator.add('a', producer, ['t-1', 't-0'])).toEqual(['t-1 None', 't-0 None'])
    expect(coordinator.topic.appends).toBe(appends)
    coordinator.add('a', producer, ['t-1', 't-2'])
    expect(coordinator.topic.appends).toBe(appends + 1)
  })

  test('the response repeats the topics of the request', () => {
    const coordinator = new TestCoordinator()
    const producer = producerOf(coordinator.init('a'))
    const partitions = ['t-0', 't-0', 't-2', 't-0']
    expect(coordinator.add('a', producer, partitions)).toEqual(partitions.map((p) => `${p} None`))
  })
})

interface Change {
  readonly id?: string
  readonly idDelta?: number
  readonly epochDelta?: number
}

describe('AddPartitionsToTxn with verifyOnly', () => {
  test('TRANSACTION_ABORTABLE for partitions that are not part of the transaction', () => {
    const coordinator = new TestCoordinator()
    const producer = coordinator.begin('a', ['t-0'])
    expect(coordinator.verify('a', producer, ['t-0', 't-1']).toSorted()).toEqual([
      't-0 None',
      't-1 TransactionAbortable',
    ])
  })

  test('the errors of the whole transaction', () => {
    const coordinator = new TestCoordinator()
    const producer = coordinator.begin('a', ['t-0'])
    const { producerId, producerEpoch } = producer
    const errors = [
      coordinator.verify('b', producer, ['t-0']),
      coordinator.verify('', producer, ['t-0']),
      coordinator.verify('a', { producerId: producerId + 1, producerEpoch }, ['t-0']),
      coordinator.verify('a', { producerId, producerEpoch: producerEpoch + 1 }, ['t-0']),
    ]
    expect(errors.flat()).toEqual([
      't-0 InvalidProducerIdMapping',
      't-0 InvalidRequest',
      't-0 InvalidProducerIdMapping',
      't-0 ProducerFenced',
    ])
  })

  test('CONCURRENT_TRANSACTIONS while the transaction ends', () => {
    const coordinator = new TestCoordinator({ areMarkersHeld: true })
    const producer = coordinator.begin('a', ['t-0'])
    coordinator.end('a', producer, true, 4)
    expect(coordinator.verify('a', producer, ['t-0'])).toEqual(['t-0 ConcurrentTransactions'])
  })
})

test('AddOffsetsToTxn adds the partition of the offsets, and has the same errors', () => {
  const coordinator = new TestCoordinator()
  const producer = producerOf(coordinator.init('a'))
  const add = (id: string, fields: object, apiVersion: number) => {
    const request = { transactionalId: id, ...producer, groupId: 'g', ...fields }
    const partition = { topic: '__consumer_offsets', partition: 3 }
    const added = coordinator.coordinator.addOffsetsToTxn(request, partition, { apiVersion })
    return errorName(immediate(added).errorCode)
  }
  expect([
    add('b', {}, 3),
    add('', {}, 3),
    add('a', { producerEpoch: 4 }, 1),
    add('a', { producerEpoch: 4 }, 2),
    add('a', {}, 4),
  ]).toEqual([
    'InvalidProducerIdMapping',
    'InvalidRequest',
    'InvalidProducerEpoch',
    'ProducerFenced',
    'None',
  ])
  expect(coordinator.metadataOf('a').partitions.topics()).toEqual([
    { topic: '__consumer_offsets', partitions: [3] },
  ])
})
