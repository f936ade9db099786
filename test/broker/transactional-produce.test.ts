import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  AddPartitionsToTxn,
  DescribeTransactions,
  Produce,
} from '../../src/protocol/messages/index.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { startClusterOn } from '../support/cluster-on.ts'
import { batch, isPending, produceRequest } from './support.ts'
import { producersOf, RawProducer } from './transaction-kit.ts'

// All errors, messages and offsets are those of a real broker.

/** The position of the length in a batch. */
const LENGTH_POSITION = 8

const { InvalidTxnState, TransactionAbortable, InvalidProducerEpoch } = ErrorCode

async function start(config: Record<string, string> = {}) {
  const cluster = await startClusterOn(new MemoryFileSystem(), ['/data'], {
    topics: [{ name: 'orders', partitions: 4 }],
    config: { 'transaction.state.log.num.partitions': '1', ...config },
  })
  const producer = new RawProducer(cluster)
  return { cluster, producer, first: await producer.init() }
}

describe('Produce to a partition that was not added', () => {
  test.each([
    [3, InvalidTxnState, null],
    [8, InvalidTxnState, 'Partition was not added to the transaction'],
    [10, InvalidTxnState, 'Partition was not added to the transaction'],
    [11, TransactionAbortable, null],
  ])('version %i: error %i', async (version, errorCode, errorMessage) => {
    const { producer, first } = await start()
    await producer.add(first, 1)
    expect(await producer.produce(first, 0, { version })).toMatchObject({
      errorCode,
      errorMessage,
      baseOffset: -1,
      logStartOffset: -1,
    })
  })

  test('version 12 adds it', async () => {
    const { cluster, producer, first } = await start()
    expect(await producer.send(first, 0)).toBe(0)
    expect(await producersOf(cluster)).toEqual([[0, 0, 0]])
  })

  test('is accepted without transaction.partition.verification.enable, up to version 11', async () => {
    const { producer, first } = await start({
      'transaction.partition.verification.enable': 'false',
    })
    expect(await producer.send(first, 0, { version: 11 })).toBe(0)
  })
})

describe('Produce in a transaction', () => {
  test('of partitions that were added, each with its own sequence', async () => {
    const { producer, first } = await start()
    await producer.add(first, 0, 1)
    const version = 11
    expect(await producer.send(first, 0, { version })).toBe(0)
    expect(await producer.send(first, 1, { version })).toBe(1)
    expect(await producer.send(first, 0, { version, partition: 1 })).toBe(0)
    expect(await producer.send(first, 1, { version })).toBe(1)
    expect(await producer.send(first, 5, { version })).toEqual({
      errorCode: ErrorCode.OutOfOrderSequenceNumber,
    })
  })

  test.each([11, 12])('an unknown transactional id or producer id, version %i', async (version) => {
    const { cluster, producer, first } = await start()
    const invalidMapping = { errorCode: ErrorCode.InvalidProducerIdMapping }
    const other = new RawProducer(cluster, 'unknown')
    expect(await other.send(first, 0, { version })).toEqual(invalidMapping)
    const stranger = { ...first, producerId: first.producerId + 777 }
    expect(await producer.send(stranger, 0, { version })).toEqual(invalidMapping)
  })

  test.each([11, 12])(
    'an epoch that the coordinator does not know, version %i',
    async (version) => {
      const { producer, first } = await start()
      const ahead = { ...first, producerEpoch: first.producerEpoch + 4 }
      expect(await producer.send(ahead, 0, { version })).toEqual({
        errorCode: InvalidProducerEpoch,
      })
    },
  )

  test('a batch that is not transactional: INVALID_TXN_STATE', async () => {
    const { producer, first } = await start()
    await producer.send(first, 0)
    const sent = { isTransactional: false }
    expect(await producer.send(first, 1, sent)).toEqual({ errorCode: InvalidTxnState })
  })

  test('several producers in one request: INVALID_PRODUCER_ID_MAPPING for all partitions', async () => {
    const { cluster, producer, first } = await start()
    await producer.add(first, 0, 1)
    const stranger = { ...first, producerId: first.producerId + 1 }
    const partitions = [first, stranger].map((each, index) => ({
      index,
      records: batch(['a'], { ...each, baseSequence: 0, isTransactional: true }),
    }))
    const request = produceRequest('orders', partitions, { transactionalId: producer.id })
    const { responses } = await cluster.call(Produce, 11, request)
    const expected = [
      ErrorCode.InvalidProducerIdMapping,
      'Transactional records contained more than one producer ID',
    ]
    expect(
      responses[0]!.partitionResponses.map(({ errorCode, errorMessage }) => [
        errorCode,
        errorMessage,
      ]),
    ).toEqual([expected, expected])
  })

  test('a refused partition does not affect others', async () => {
    const { cluster, producer, first } = await start()
    await producer.add(first, 1)
    const transactional = { ...first, baseSequence: 0, isTransactional: true }
    const partitions = [
      { index: 1, records: batch(['a'], transactional) },
      { index: 2, records: batch(['b'], transactional) },
      { index: 3, records: batch(['c']) },
    ]
    const request = produceRequest('orders', partitions, { transactionalId: producer.id })
    const { responses } = await cluster.call(Produce, 11, request)
    expect(responses[0]!.partitionResponses.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.None,
      TransactionAbortable,
      ErrorCode.None,
    ])
  })

  test.each([11, 12])(
    'a partition with invalid records does not become part of the transaction, version %i',
    async (version) => {
      const { cluster, producer, first } = await start()
      await producer.add(first, 0)
      const options = { ...first, baseSequence: 0, isTransactional: true }
      const one = batch(['a'], options)
      const ofOther = batch(['a'], { ...options, producerId: first.producerId + 1 })
      const corrupt = Uint8Array.from(one)
      corrupt.set([0, 0, 0, 3], LENGTH_POSITION)
      const records = [one, Buffer.concat([one, one]), Buffer.concat([ofOther, ofOther]), corrupt]
      const request = produceRequest(
        'orders',
        records.map((each, index) => ({ index, records: each })),
        { transactionalId: producer.id },
      )
      const { responses } = await cluster.call(Produce, version, request)
      expect(responses[0]!.partitionResponses.map(({ errorCode }) => errorCode)).toEqual([
        ErrorCode.None,
        ErrorCode.InvalidRecord,
        ErrorCode.InvalidRecord,
        ErrorCode.CorruptMessage,
      ])
      const described = await cluster.call(DescribeTransactions, 0, {
        transactionalIds: [producer.id],
      })
      expect(described.transactionStates[0]!.topics).toEqual([{ topic: 'orders', partitions: [0] }])
    },
  )

  test('verification precedes the check of acks; without acks the connection closes', async () => {
    const { cluster, producer, first } = await start()
    const records = () => batch(['a'], { ...first, baseSequence: 0, isTransactional: true })
    const request = (acks: number) =>
      produceRequest('orders', [{ index: 0, records: records() }], {
        acks,
        transactionalId: producer.id,
      })
    const { responses } = await cluster.call(Produce, 11, request(5))
    expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(TransactionAbortable)
    const connection = await cluster.connect()
    await expect(connection.call(Produce, 11, request(0))).rejects.toThrow('closed')
  })

  test('an unknown partition: UNKNOWN_TOPIC_OR_PARTITION', async () => {
    const { producer, first } = await start()
    const errorCode = ErrorCode.UnknownTopicOrPartition
    expect(await producer.send(first, 0, { partition: 99 })).toEqual({ errorCode })
  })
})

describe('Produce after the end of a transaction', () => {
  test('transaction version 1: late batches and repeated ones are refused', async () => {
    const { producer, first } = await start()
    await producer.add(first, 0)
    const version = 11
    await producer.send(first, 0, { version })
    await producer.send(first, 1, { version })
    await producer.end(first, true, 4)
    const refused = { errorCode: TransactionAbortable }
    expect(await producer.send(first, 1, { version })).toEqual(refused)
    expect(await producer.send(first, 2, { version })).toEqual(refused)
  })

  test('transaction version 2: the old epoch is fenced, and the new one begins with sequence 0', async () => {
    const { cluster, producer, first } = await start()
    expect(await producer.send(first, 5)).toEqual({ errorCode: ErrorCode.OutOfOrderSequenceNumber })
    expect(await producer.send(first, 0)).toBe(0)
    expect(await producer.send(first, 1)).toBe(1)
    const second = await producer.end(first, true)
    expect(second).toEqual({ ...first, producerEpoch: 1 })
    expect(await producer.send(first, 2)).toEqual({ errorCode: InvalidProducerEpoch })
    expect(await producer.send(first, 1)).toEqual({ errorCode: InvalidProducerEpoch })
    const outOfOrder = { errorCode: ErrorCode.OutOfOrderSequenceNumber }
    expect(await producer.send(second, 3)).toEqual(outOfOrder)
    expect(await producer.send(second, 2, { partition: 1 })).toEqual(outOfOrder)
    expect(await producer.send(second, 0)).toBe(3)
    expect(await producersOf(cluster)).toEqual([[1, 0, 3]])
  })

  test('a producer that was fenced by another one with its transactional id', async () => {
    const { producer, first } = await start()
    await producer.send(first, 0)
    await producer.init()
    expect(await producer.send(first, 1)).toEqual({ errorCode: InvalidProducerEpoch })
  })

  test('an append whose verification is older than the end of the transaction', async () => {
    const { cluster, producer, first } = await start()
    await producer.add(first, 0)
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    cluster.cluster.interceptors.add({
      apis: [AddPartitionsToTxn],
      when: ({ clientId }) => clientId === 'broker-1',
      step: async (request, next) => {
        const reply = await next(request)
        await held
        return reply
      },
    })
    const late = producer.send(first, 0, { version: 11 })
    expect(await isPending(late)).toBe(true)
    const other = new RawProducer(await cluster.connect(), producer.id)
    await other.end(first, false, 4)
    release()
    expect(await late).toEqual({ errorCode: InvalidTxnState })
  })
})

describe('a coordinator that cannot answer', () => {
  test.each([
    [ErrorCode.ConcurrentTransactions, 11, ErrorCode.NotEnoughReplicas],
    [ErrorCode.NotCoordinator, 12, ErrorCode.NotEnoughReplicas],
    [ErrorCode.CoordinatorLoadInProgress, 11, ErrorCode.NotEnoughReplicas],
    [ErrorCode.CoordinatorNotAvailable, 8, ErrorCode.NotEnoughReplicas],
    [ErrorCode.NetworkException, 8, ErrorCode.NotEnoughReplicas],
    [ErrorCode.InvalidTxnState, 11, ErrorCode.InvalidTxnState],
  ])('error %i in version %i: error %i', async (cause, version, expected) => {
    const { cluster, producer, first } = await start()
    cluster.cluster.interceptors.add({
      apis: [AddPartitionsToTxn],
      step: () => ({ errorCode: cause, resultsByTransaction: [] }) as never,
    })
    const { errorCode, errorMessage } = await producer.produce(first, 0, { version })
    expect(errorCode).toBe(expected)
    if (expected === ErrorCode.NotEnoughReplicas) {
      expect(errorMessage).toMatch(
        /^Unable to verify the partition has been added to the transaction. Underlying error: [A-Z_]+$/,
      )
    }
  })

  test('CONCURRENT_TRANSACTIONS is tried again, and returned in version 12', async () => {
    const { cluster, producer, first } = await start()
    let attempts = 0
    cluster.cluster.interceptors.add({
      apis: [AddPartitionsToTxn],
      step: () => {
        attempts++
        return { errorCode: ErrorCode.ConcurrentTransactions, resultsByTransaction: [] } as never
      },
    })
    const sent = producer.send(first, 0)
    expect(await isPending(sent)).toBe(true)
    await cluster.clock.advance(100)
    expect(await sent).toEqual({ errorCode: ErrorCode.ConcurrentTransactions })
    expect(attempts).toBe(6)
  })
})
