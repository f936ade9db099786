import { describe, expect, it } from 'vitest'
import type { Producer } from '../../../../src/client/producer/producer.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  EndTxn,
  FindCoordinator,
  InitProducerId,
  Produce,
  TxnOffsetCommit,
} from '../../../../src/protocol/messages/index.ts'
import { ScriptedBroker } from '../../support/scripted-broker.ts'
import { advanceUntil } from '../../support/test-client.ts'

const value = Buffer.from('v')
const record = (partition = 0) => ({ topic: 'orders', partition, value })
const offsets = [{ topic: 'orders', partition: 0, offset: 5 }]
const member = { groupId: 'g', generationId: 3, memberId: 'm' }

/** Returns a broker, and a producer that has its id. The requests so far are forgotten. */
async function initialized(transactionVersion: number, options = {}) {
  const broker = new ScriptedBroker()
  broker.transactionVersion = transactionVersion
  const producer = broker.producer(options)
  await advanceUntil(broker.clock, producer.initTransactions())
  broker.requests.length = 0
  return { broker, producer }
}

/** Runs a transaction with a record and offsets. */
async function transact(producer: Producer): Promise<void> {
  producer.beginTransaction()
  await producer.send(record())
  await producer.sendOffsetsToTransaction(offsets, member)
  await producer.commitTransaction()
}

/** Returns the error of a promise. */
function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('the requests of a transactional producer', () => {
  it('initialize it with the coordinator of its transactional id', async () => {
    const broker = new ScriptedBroker()
    await broker.producer().initTransactions()
    expect(broker.requests).toEqual(['FindCoordinator transaction t', 'InitProducerId new'])
  })

  it('add partitions implicitly with transaction.version 2, in a new epoch for each transaction', async () => {
    const { broker, producer } = await initialized(2)
    await transact(producer)
    await transact(producer)
    expect(broker.requests).toEqual([
      'Produce v13 t 0 epoch 0 sequence 0',
      'FindCoordinator group g',
      'TxnOffsetCommit v5 g 3 m',
      'EndTxn v5 commit epoch 0',
      'Produce v13 t 0 epoch 1 sequence 0',
      'TxnOffsetCommit v5 g 3 m',
      'EndTxn v5 commit epoch 1',
    ])
  })

  it.each([0, 1])('add partitions explicitly with transaction.version %i', async (level) => {
    const { broker, producer } = await initialized(level)
    await transact(producer)
    await transact(producer)
    expect(broker.requests).toEqual([
      'AddPartitionsToTxn v3 0 epoch 0',
      'Produce v11 t 0 epoch 0 sequence 0',
      'AddOffsetsToTxn g',
      'FindCoordinator group g',
      'TxnOffsetCommit v4 g 3 m',
      'EndTxn v4 commit epoch 0',
      'AddPartitionsToTxn v3 0 epoch 0',
      'Produce v11 t 0 epoch 0 sequence 1',
      'AddOffsetsToTxn g',
      'TxnOffsetCommit v4 g 3 m',
      'EndTxn v4 commit epoch 0',
    ])
  })

  it('add the partitions of one call together', async () => {
    const { broker, producer } = await initialized(1)
    producer.beginTransaction()
    await producer.sendAll([record(0), record(2), record(0)])
    await producer.send(record(2))
    expect(broker.requests).toEqual([
      'AddPartitionsToTxn v3 0,2 epoch 0',
      'Produce v11 t 0 epoch 0 sequence 0, t 2 epoch 0 sequence 0',
      'Produce v11 t 2 epoch 0 sequence 1',
    ])
  })

  it.each([1, 2])('are none for an empty transaction (transaction.version %i)', async (level) => {
    const { broker, producer } = await initialized(level)
    producer.beginTransaction()
    await producer.sendOffsetsToTransaction([], member)
    await producer.commitTransaction()
    producer.beginTransaction()
    await producer.abortTransaction()
    expect(broker.requests).toEqual([])
  })

  it('commit offsets of a consumer that is not a member', async () => {
    const { broker, producer } = await initialized(2)
    producer.beginTransaction()
    await producer.sendOffsetsToTransaction(offsets, { groupId: 'g' })
    expect(broker.requests).toContain('TxnOffsetCommit v5 g -1')
  })

  it('begin a new epoch when transaction.version 2 is enabled in between', async () => {
    const { broker, producer } = await initialized(1)
    producer.beginTransaction()
    broker.setTransactionVersion(2)
    await advanceUntil(broker.clock, producer.send(record()))
    await producer.commitTransaction()
    await transact(producer)
    expect(broker.requests).toEqual([
      'AddPartitionsToTxn v3 0 epoch 0',
      'Produce v11 t 0 epoch 0 sequence 0',
      'EndTxn v4 commit epoch 0',
      'InitProducerId epoch 0',
      'Produce v13 t 0 epoch 1 sequence 0',
      'FindCoordinator group g',
      'TxnOffsetCommit v5 g 3 m',
      'EndTxn v5 commit epoch 1',
    ])
  })

  it('use the older protocol when transaction.version 2 is disabled in between', async () => {
    const { broker, producer } = await initialized(2)
    producer.beginTransaction()
    broker.setTransactionVersion(1)
    await advanceUntil(broker.clock, producer.send(record()))
    await producer.commitTransaction()
    producer.beginTransaction()
    await producer.send(record())
    await producer.commitTransaction()
    expect(broker.requests).toEqual([
      'Produce v13 t 0 epoch 0 sequence 0',
      'EndTxn v5 commit epoch 0',
      'AddPartitionsToTxn v3 0 epoch 1',
      'Produce v11 t 0 epoch 1 sequence 0',
      'EndTxn v4 commit epoch 1',
    ])
  })
})

describe('a commit', () => {
  it('sends the records that linger, and waits for them', async () => {
    const { broker, producer } = await initialized(2, { lingerMs: 60_000 })
    producer.beginTransaction()
    const sent = producer.send(record())
    await producer.commitTransaction()
    expect(await sent).toMatchObject({ offset: 0 })
    expect(broker.requests).toEqual([
      'Produce v13 t 0 epoch 0 sequence 0',
      'EndTxn v5 commit epoch 0',
    ])
  })

  it('waits for offsets that are being sent', async () => {
    const { broker, producer } = await initialized(1)
    broker.fail(AddOffsetsToTxn, ErrorCode.CoordinatorLoadInProgress)
    producer.beginTransaction()
    const sent = producer.sendOffsetsToTransaction(offsets, member)
    await advanceUntil(broker.clock, producer.commitTransaction())
    await sent
    expect(broker.requests.at(-1)).toBe('EndTxn v4 commit epoch 0')
  })

  it('fails when a record was refused, and commits nothing', async () => {
    const { broker, producer } = await initialized(2)
    broker.fail(Produce, ErrorCode.MessageTooLarge)
    producer.beginTransaction()
    const sent = errorOf(producer.send(record()))
    expect(await errorOf(producer.commitTransaction())).toMatchObject({
      code: 'TRANSACTION_ABORTABLE',
      message: expect.stringContaining('producing to orders-0: MESSAGE_TOO_LARGE') as string,
      advice: 'Call abortTransaction. Then do the same work again in a new transaction.',
    })
    expect(await sent).toMatchObject({ errorName: 'MESSAGE_TOO_LARGE' })
    await producer.abortTransaction()
    expect(broker.requests.slice(1)).toEqual(['EndTxn v5 abort epoch 0'])
    await transact(producer)
  })

  it.each([
    ['does not fit into a request', { ...record(), value: Buffer.alloc(2_000_000) }],
    ['has no such partition', record(99)],
  ])('fails when a record %s', async (_, refused) => {
    const { producer } = await initialized(2)
    producer.beginTransaction()
    await errorOf(producer.send(refused))
    expect(await errorOf(producer.commitTransaction())).toMatchObject({
      code: 'TRANSACTION_ABORTABLE',
    })
    await producer.abortTransaction()
    await transact(producer)
  })

  it('fails when a record was cancelled before it was added', async () => {
    const { producer } = await initialized(2)
    producer.beginTransaction()
    expect(await errorOf(producer.send(record(), { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ABORTED',
    })
    expect(await errorOf(producer.commitTransaction())).toMatchObject({
      code: 'TRANSACTION_ABORTABLE',
    })
  })

  it('continues after it has timed out, and can be awaited again', async () => {
    const { broker, producer } = await initialized(2)
    producer.beginTransaction()
    await producer.send(record())
    broker.fail(EndTxn, 'hang', 'hang', 'hang')
    const error = await advanceUntil(broker.clock, errorOf(producer.commitTransaction()), 1_000)
    expect(error).toMatchObject({
      code: 'TIMED_OUT',
      advice: 'It continues: call commitTransaction again to wait for it, or close the producer.',
    })
    expect(await errorOf(producer.abortTransaction())).toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringContaining('commitTransaction has not finished') as string,
    })
    await advanceUntil(broker.clock, producer.commitTransaction(), 1_000)
    await transact(producer)
  })

  it('continues when its caller has stopped waiting', async () => {
    const { broker, producer } = await initialized(2)
    producer.beginTransaction()
    await producer.send(record())
    const stop = new AbortController()
    const committing = errorOf(producer.commitTransaction({ signal: stop.signal }))
    stop.abort()
    expect(await committing).toMatchObject({ code: 'ABORTED' })
    await producer.commitTransaction()
    expect(broker.requests.filter((line) => line.startsWith('EndTxn'))).toHaveLength(1)
  })
})

describe('an abort', () => {
  it('drops records that were not sent', async () => {
    const { broker, producer } = await initialized(2, { lingerMs: 60_000 })
    producer.beginTransaction()
    await errorOf(producer.sendAll([{ ...record(), value: Buffer.alloc(2_000_000) }]))
    await producer.abortTransaction()
    producer.beginTransaction()
    const sent = errorOf(producer.send(record()))
    await producer.abortTransaction()
    expect(await sent).toMatchObject({ code: 'TRANSACTION_ABORTED' })
    expect(broker.requests.filter((line) => line.startsWith('Produce'))).toEqual([])
  })

  it('waits for the records that are being sent', async () => {
    const { broker, producer } = await initialized(2)
    producer.beginTransaction()
    broker.fail(Produce, 'loseResponse')
    const sent = producer.send(record())
    while (broker.requests.length === 0) await broker.clock.advance(1)
    await advanceUntil(broker.clock, producer.abortTransaction())
    expect(await sent).toMatchObject({ topic: 'orders' })
    expect(broker.requests.filter((line) => !line.startsWith('Find'))).toEqual([
      'Produce v13 t 0 epoch 0 sequence 0',
      'Produce v13 t 0 epoch 0 sequence 0',
      'EndTxn v5 abort epoch 0',
    ])
  })

  it('begins a new epoch after a refused record (transaction.version 1)', async () => {
    const { broker, producer } = await initialized(1)
    broker.fail(Produce, ErrorCode.InvalidTxnState)
    producer.beginTransaction()
    await errorOf(producer.send(record()))
    await producer.abortTransaction()
    producer.beginTransaction()
    await producer.send(record())
    expect(broker.requests).toEqual([
      'AddPartitionsToTxn v3 0 epoch 0',
      'Produce v11 t 0 epoch 0 sequence 0',
      'EndTxn v4 abort epoch 0',
      'InitProducerId epoch 0',
      'AddPartitionsToTxn v3 0 epoch 1',
      'Produce v11 t 0 epoch 1 sequence 0',
    ])
  })

  it.each([1, 2])(
    'follows records that were not acknowledged in time (transaction.version %i)',
    async (level) => {
      const { broker, producer } = await initialized(level, { deliveryTimeoutMs: 5_000 })
      broker.fail(Produce, ...Array.from({ length: 100 }, () => 'cut' as const))
      producer.beginTransaction()
      const error = await advanceUntil(broker.clock, errorOf(producer.send(record())))
      expect(error).toMatchObject({ code: 'DELIVERY_TIMED_OUT' })
      expect(await errorOf(producer.commitTransaction())).toMatchObject({
        code: 'TRANSACTION_ABORTABLE',
      })
      broker.fail(Produce)
      await advanceUntil(broker.clock, producer.abortTransaction())
      broker.requests.length = 0
      producer.beginTransaction()
      broker.requests.length = 0
      void errorOf(producer.send(record()))
      while (!broker.requests.some((line) => line.startsWith('Produce')))
        await broker.clock.advance(10)
      expect(broker.requests.at(-1)).toMatch(/epoch 1 sequence 0$/)
    },
  )

  it('ends a transaction that may have started although no response has arrived', async () => {
    const { broker, producer } = await initialized(1)
    broker.fail(AddPartitionsToTxn, 'hang')
    broker.fail(EndTxn, ErrorCode.InvalidTxnState)
    producer.beginTransaction()
    const sent = errorOf(producer.send(record()))
    while (broker.requests.length === 0) await broker.clock.advance(1)
    await advanceUntil(broker.clock, producer.abortTransaction())
    expect(await sent).toMatchObject({ code: 'TRANSACTION_ABORTED' })
    expect(broker.requests.at(-1)).toBe('EndTxn v4 abort epoch 0')
    await advanceUntil(broker.clock, transact(producer))
  })
})

const requests = { InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, TxnOffsetCommit, EndTxn }
const faults = {
  ConcurrentTransactions: ErrorCode.ConcurrentTransactions,
  CoordinatorLoadInProgress: ErrorCode.CoordinatorLoadInProgress,
  CoordinatorNotAvailable: ErrorCode.CoordinatorNotAvailable,
  NotCoordinator: ErrorCode.NotCoordinator,
  'a lost response': 'loseResponse',
  'a lost request': 'cut',
} as const

describe('a transactional producer', () => {
  for (const [name, api] of Object.entries(requests))
    it.each(Object.entries(faults))(`sends ${name} again after %s`, async (fault, verdict) => {
      const broker = new ScriptedBroker()
      broker.transactionVersion = 1
      const producer = broker.producer()
      broker.fail(api, verdict, verdict)
      await advanceUntil(
        broker.clock,
        producer.initTransactions().then(() => transact(producer)),
      )
      expect(broker.requests.filter((line) => line.startsWith(name))).toHaveLength(3)
      const lookUps = broker.requests.filter((line) => line.startsWith('FindCoordinator'))
      const isMoved = !['ConcurrentTransactions', 'CoordinatorLoadInProgress'].includes(fault)
      // The connection is shared, so a broken one concerns both coordinators.
      if (isMoved) expect(lookUps.length).toBeGreaterThan(2)
      else expect(lookUps).toHaveLength(2)
    })

  it('adds the first partition again soon while the last transaction is ending', async () => {
    const { broker, producer } = await initialized(1)
    broker.fail(AddPartitionsToTxn, ErrorCode.ConcurrentTransactions)
    producer.beginTransaction()
    const beganMs = broker.clock.now()
    await advanceUntil(broker.clock, producer.send(record()), 1)
    expect(broker.clock.now() - beganMs).toBeLessThan(30)
  })

  it('sends records again while the last transaction is ending, without new metadata', async () => {
    const { broker, producer } = await initialized(2)
    broker.fail(Produce, ErrorCode.ConcurrentTransactions)
    producer.beginTransaction()
    const before = broker.network.requests.filter(({ api }) => api.name === 'Metadata').length
    await advanceUntil(broker.clock, producer.send(record()))
    const after = broker.network.requests.filter(({ api }) => api.name === 'Metadata').length
    expect(after - before).toBeLessThanOrEqual(1)
    expect(broker.requests).toHaveLength(2)
  })

  it('aborts the open transaction when it closes', async () => {
    const { broker, producer } = await initialized(2)
    producer.beginTransaction()
    await producer.send(record())
    await producer.close()
    expect(broker.requests.at(-1)).toBe('EndTxn v5 abort epoch 0')
  })

  it('commits before it closes when the commit has begun', async () => {
    const { broker, producer } = await initialized(2)
    producer.beginTransaction()
    void producer.send(record())
    const committed = producer.commitTransaction()
    await producer.close()
    await committed
    expect(broker.requests.at(-1)).toBe('EndTxn v5 commit epoch 0')
  })

  it('closes immediately without time', async () => {
    const { broker, producer } = await initialized(2)
    producer.beginTransaction()
    await producer.send(record())
    broker.fail(EndTxn, 'hang')
    const committing = errorOf(producer.commitTransaction())
    await producer.close({ timeoutMs: 0 })
    expect(await committing).toMatchObject({ code: 'CLOSED' })
  })

  it('refuses options that exclude each other', () => {
    const broker = new ScriptedBroker()
    expect(() => broker.producer({ acks: 1 })).toThrow(/needs idempotent true and acks -1/)
    expect(() => broker.producer({ idempotent: false })).toThrow(/needs idempotent true/)
    expect(() => broker.producer({ transactionalId: '' })).toThrow(/must not be empty/)
  })
})

describe('the state of a transactional producer', () => {
  const invalid = (text: string) =>
    expect.objectContaining({
      code: 'INVALID_STATE',
      message: expect.stringContaining(text) as string,
    }) as unknown

  it('says what to call first', async () => {
    const broker = new ScriptedBroker()
    const producer = broker.producer()
    expect(() => producer.beginTransaction()).toThrow(invalid('call initTransactions first'))
    await producer.initTransactions()
    expect(await errorOf(producer.initTransactions())).toEqual(invalid('has been called already'))
    const beginFirst = invalid('call beginTransaction first')
    expect(await errorOf(producer.send(record()))).toEqual(beginFirst)
    expect(await errorOf(producer.sendOffsetsToTransaction(offsets, member))).toEqual(beginFirst)
    expect(await errorOf(producer.commitTransaction())).toEqual(beginFirst)
    expect(await errorOf(producer.abortTransaction())).toEqual(beginFirst)
    producer.beginTransaction()
    expect(() => producer.beginTransaction()).toThrow(
      invalid('call commitTransaction or abortTransaction first'),
    )
    await producer.send(record())
    const committing = producer.commitTransaction()
    expect(await errorOf(producer.send(record()))).toEqual(
      invalid('commitTransaction has not finished'),
    )
    await committing
  })

  it('refuses transactions of a producer without a transactional id', async () => {
    const producer = new ScriptedBroker().client.producer()
    expect(() => producer.beginTransaction()).toThrow(invalid('create it with a transactionalId'))
  })

  it('refuses a generation without a member', async () => {
    const { producer } = await initialized(2)
    producer.beginTransaction()
    const error = await errorOf(
      producer.sendOffsetsToTransaction(offsets, { groupId: 'g', generationId: 4 }),
    )
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
    await producer.commitTransaction()
  })
})

const E = ErrorCode
const effects = [
  [InitProducerId, E.TransactionalIdAuthorizationFailed, 'BROKER_ERROR'],
  [InitProducerId, E.InvalidTransactionTimeout, 'PRODUCER_FAILED'],
  [InitProducerId, E.ProducerFenced, 'PRODUCER_FENCED'],
  [InitProducerId, E.InvalidProducerEpoch, 'PRODUCER_FENCED'],
  [AddPartitionsToTxn, E.TopicAuthorizationFailed, 'TRANSACTION_ABORTABLE'],
  [AddPartitionsToTxn, E.TransactionAbortable, 'TRANSACTION_ABORTABLE'],
  [AddPartitionsToTxn, E.UnknownProducerId, 'TRANSACTION_ABORTABLE'],
  [AddPartitionsToTxn, E.InvalidTxnState, 'PRODUCER_FAILED'],
  [AddPartitionsToTxn, E.InvalidProducerIdMapping, 'PRODUCER_FAILED'],
  [AddPartitionsToTxn, E.InvalidProducerEpoch, 'PRODUCER_FENCED'],
  [Produce, E.InvalidProducerEpoch, 'TRANSACTION_ABORTABLE'],
  [Produce, E.TransactionAbortable, 'TRANSACTION_ABORTABLE'],
  [Produce, E.OutOfOrderSequenceNumber, 'TRANSACTION_ABORTABLE'],
  [Produce, E.ProducerFenced, 'PRODUCER_FENCED'],
  [Produce, E.ClusterAuthorizationFailed, 'PRODUCER_FAILED'],
  [AddOffsetsToTxn, E.GroupAuthorizationFailed, 'TRANSACTION_ABORTABLE'],
  [AddOffsetsToTxn, E.ProducerFenced, 'PRODUCER_FENCED'],
  [TxnOffsetCommit, E.IllegalGeneration, 'TRANSACTION_ABORTABLE'],
  [TxnOffsetCommit, E.FencedInstanceId, 'TRANSACTION_ABORTABLE'],
  [TxnOffsetCommit, E.InvalidProducerEpoch, 'PRODUCER_FENCED'],
  [TxnOffsetCommit, E.InvalidGroupId, 'PRODUCER_FAILED'],
  [EndTxn, E.TransactionAbortable, 'TRANSACTION_ABORTABLE'],
  [EndTxn, E.InvalidTxnState, 'PRODUCER_FAILED'],
  [EndTxn, E.ProducerFenced, 'PRODUCER_FENCED'],
  [FindCoordinator, E.TransactionalIdAuthorizationFailed, 'BROKER_ERROR'],
] as const

describe('an error of a broker', () => {
  const nameOfError = (code: number): string =>
    Object.entries(ErrorCode).find(([, each]) => each === code)![0]

  it.each(effects.map(([api, code, effect]) => [api.name, nameOfError(code), effect, api, code]))(
    'of %s, %s, has the effect %s',
    async (_name, _error, effect, api, code) => {
      const broker = new ScriptedBroker()
      broker.transactionVersion = 1
      const producer = broker.producer()
      broker.fail(api, code)
      let error: unknown
      for (const call of [() => producer.initTransactions(), () => transactQuietly(producer)])
        error ??= await advanceUntil(broker.clock, errorOf(call()))
      expect(error).toMatchObject({ code: effect })
      if (effect === 'TRANSACTION_ABORTABLE') {
        await advanceUntil(broker.clock, producer.abortTransaction())
        await advanceUntil(broker.clock, transact(producer))
      } else if (effect === 'BROKER_ERROR') {
        await advanceUntil(broker.clock, producer.initTransactions())
        await advanceUntil(broker.clock, transact(producer))
      } else {
        expect(() => producer.beginTransaction()).toThrow(
          expect.objectContaining({ code: effect }) as Error,
        )
        await producer.close()
      }
    },
  )

  it('of an abort is fatal: to abort again would not help', async () => {
    const { broker, producer } = await initialized(2)
    producer.beginTransaction()
    await producer.send(record())
    broker.fail(EndTxn, ErrorCode.TransactionAbortable)
    expect(await errorOf(producer.abortTransaction())).toMatchObject({ code: 'PRODUCER_FAILED' })
  })
})

/** Runs a transaction. The error of a record is that of the commit. */
async function transactQuietly(producer: Producer): Promise<void> {
  producer.beginTransaction()
  void errorOf(producer.send(record()))
  await producer.flush()
  await producer.sendOffsetsToTransaction(offsets, member)
  await producer.commitTransaction()
}
